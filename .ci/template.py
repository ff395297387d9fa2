"""template.yaml as CloudFormation gets it, and its values as they are for a stack."""

import pathlib
import re
import tomllib

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).parent.parent
PARTITION, REGION, ACCOUNT = "aws", "us-east-1", "123456789012"
NOTHING = object()


def read():
    """The template as it is written."""
    return yaml_parse((ROOT / "template.yaml").read_text())


def transformed(template):
    """Does to a template what CloudFormation does with it (aws-sam-translator, as in AWS)."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam deploy` has put the code there by now.
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
    session = boto3.session.Session(region_name=REGION)
    return Translator({}, Parser(), boto_session=session).translate(template, parameter_values={})


def configurations():
    """The environments of samconfig.toml: for each its options of `sam deploy`."""
    environments = tomllib.loads((ROOT / "samconfig.toml").read_text())
    return {
        name: one.get("global", {}).get("parameters", {}) | one["deploy"]["parameters"]
        for name, one in environments.items()
        if isinstance(one, dict) and "deploy" in one
    }


def overrides(options):
    """The parameters that the options of `sam deploy` set."""
    return dict(one.split("=", 1) for one in options.get("parameter_overrides", []))


class Stack:
    """Values of a transformed template for given parameters: what CloudFormation would pass on to AWS."""

    def __init__(self, template, stack_name, parameters):
        self.resources, self.conditions = template["Resources"], template.get("Conditions", {})
        self.name = stack_name
        self.values = {name: one.get("Default") for name, one in template["Parameters"].items()} | parameters
        for name, one in template["Parameters"].items():
            if one["Type"] == "CommaDelimitedList" and isinstance(self.values[name], str):
                self.values[name] = self.values[name].split(",")
            elif one["Type"] == "Number" and self.values[name] is not None:
                self.values[name] = int(self.values[name])

    def properties(self):
        """Type and properties of every resource that this stack has, by logical id."""
        return {
            id: (one["Type"], self.resolve(one.get("Properties", {})))
            for id, one in self.resources.items()
            if "Condition" not in one or self.holds(one["Condition"])
        }

    def resolve(self, value):
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), = value.items()
            if function == "Ref":
                return self.ref(argument)
            if function == "Fn::GetAtt":
                id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
                return self.attribute(id, attribute)
            if function == "Fn::Sub":
                text, extra = argument if isinstance(argument, list) else (argument, {})
                return re.sub(r"\$\{([^!}][^}]*)\}", lambda found: self.substituted(found[1], extra), text)
            if function == "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self.holds(condition) else otherwise)
            if function == "Fn::Join":
                separator, parts = argument
                return separator.join(map(str, self.resolve(parts)))
            if function.startswith("Fn::"):
                raise ValueError(f"{function} is not known here")
        return {name: one for name, one in ((name, self.resolve(one)) for name, one in value.items()) if one is not NOTHING}

    def substituted(self, name, extra):
        if name in extra:
            return str(self.resolve(extra[name]))
        return str(self.attribute(*name.split(".", 1)) if "." in name else self.ref(name))

    def ref(self, name):
        pseudo = {
            "AWS::NoValue": NOTHING,
            "AWS::Partition": PARTITION,
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.values:
            return self.values[name]
        kind = self.resources[name]["Type"]
        arns = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret"}
        if kind in arns:
            return self.attribute(name, "Arn")
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self.physical(name)}"
        return self.physical(name)

    def attribute(self, id, attribute):
        kind = self.resources[id]["Type"]
        name = self.physical(id)
        if attribute == "StreamArn":
            return f"arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT}:table/{name}/stream/2026-01-01T00:00:00.000"
        if attribute != "Arn":
            return f"{name}.{attribute}"
        if kind == "AWS::S3::Bucket":
            return f"arn:{PARTITION}:s3:::{name}"
        if kind == "AWS::IAM::Role":
            return f"arn:{PARTITION}:iam::{ACCOUNT}:role/{name}"
        service = kind.split("::")[1].lower()
        part = {
            "AWS::Lambda::Function": f"function:{name}",
            "AWS::DynamoDB::Table": f"table/{name}",
            "AWS::Logs::LogGroup": f"log-group:{name}:*",
            "AWS::Events::Rule": f"rule/{name}",
            "AWS::SecretsManager::Secret": f"secret:{name}-AbCdEf",
        }
        return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{part.get(kind, name)}"

    def physical(self, id):
        """The name of a resource: its own, or one like those that CloudFormation makes."""
        resource = self.resources[id]
        kinds = {"AWS::SQS::Queue": "QueueName", "AWS::Logs::LogGroup": "LogGroupName", "AWS::ApiGatewayV2::Stage": "StageName"}
        own = resource.get("Properties", {}).get(kinds.get(resource["Type"], ""))
        if own is not None:
            return self.resolve(own)
        if resource["Type"].startswith("AWS::ApiGatewayV2::"):
            return "a1b2c3d4e5"
        # What CloudFormation makes is cut to what the service takes.
        made = f"{self.name[:24]}-{id[:26]}-1A2B3C4D5E6F"
        return made.lower() if resource["Type"] == "AWS::S3::Bucket" else made

    def holds(self, condition):
        if isinstance(condition, str):
            return self.holds(self.conditions[condition])
        (function, argument), = condition.items()
        if function == "Condition":
            return self.holds(argument)
        if function == "Fn::Not":
            return not self.holds(argument[0])
        if function == "Fn::And":
            return all(map(self.holds, argument))
        if function == "Fn::Or":
            return any(map(self.holds, argument))
        if function == "Fn::Equals":
            first, second = self.resolve(argument)
            return str(first) == str(second)
        raise ValueError(f"{function} is not known here")
