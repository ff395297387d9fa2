"""What AWS would refuse of template.yaml: every call that CloudFormation would make is held against AWS's own service
models (botocore) and resource schemas (cfn-lint), for each environment of samconfig.toml.

    .venv/bin/python .ci/limits.py

Linters of templates and emulators take much of what is refused here, and CloudFormation finds it only in the middle of a
deployment. Rules across members, which no model states, stand in rules.py.
"""

import sys

import jsonschema
import regex
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

import rules
import template
from rules import document

LOADER, MODELS = Loader(), {}


def model(service):
    if service not in MODELS:
        MODELS[service] = ServiceModel(LOADER.load_service_model(service, "service-2"), service)
    return MODELS[service]


def refused(service, operation, parameters):
    """What the service's model says against a call, by member. botocore itself checks types and minimums only."""
    shapes = model(service)._service_description["shapes"]
    shape = model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(parameters, shape)
    faults = [f"{operation}: {line}" for line in report.generate_report().splitlines()] if report.has_errors() else []

    def size(value):
        return value if isinstance(value, (int, float)) else len(value)

    def walk(shape, value, path):
        rules = shapes.get(shape.name, {})
        if isinstance(value, bool):
            return
        if isinstance(value, str):
            if "pattern" in rules and not regex.fullmatch(rules["pattern"], value):
                faults.append(f"{path}: {value!r} is not of the form {rules['pattern']}")
            if "enum" in rules and value not in rules["enum"]:
                faults.append(f"{path}: {value!r} is none of {', '.join(rules['enum'])}")
        if shape.type_name in ("string", "blob", "list", "map", "integer", "long", "float", "double"):
            if size(value) > rules.get("max", size(value)):
                faults.append(f"{path}: {size(value)} is more than {rules['max']}")
            if size(value) < rules.get("min", size(value)):
                faults.append(f"{path}: {size(value)} is less than {rules['min']}")
        if shape.type_name == "structure":
            for name, member in value.items():
                if name in shape.members:
                    walk(shape.members[name], member, f"{path}.{name}")
        elif shape.type_name == "list":
            for at, member in enumerate(value):
                walk(shape.member, member, f"{path}[{at}]")
        elif shape.type_name == "map":
            for name, member in value.items():
                walk(shape.key, name, f"{path} key")
                walk(shape.value, member, f"{path}.{name}")

    if not report.has_errors():
        walk(shape, parameters, operation)
    return faults


def without(properties, *names):
    return {name: value for name, value in properties.items() if name not in names}


def tags(properties):
    return {one["Key"]: one["Value"] for one in properties.get("Tags", [])}


def table(name, p):
    stream = p.get("StreamSpecification")
    call = {"TableName": name} | without(
        p, "TableName", "TimeToLiveSpecification", "PointInTimeRecoverySpecification", "StreamSpecification", "SSESpecification"
    )
    if stream:
        call["StreamSpecification"] = {"StreamEnabled": True} | stream
    if "SSESpecification" in p:
        sse = p["SSESpecification"]
        call["SSESpecification"] = {"Enabled": sse["SSEEnabled"]} | without(sse, "SSEEnabled")
    yield "dynamodb", "CreateTable", call
    if "TimeToLiveSpecification" in p:
        specification = {"TimeToLiveSpecification": p["TimeToLiveSpecification"]}
        yield "dynamodb", "UpdateTimeToLive", {"TableName": name} | specification
    if "PointInTimeRecoverySpecification" in p:
        specification = {"PointInTimeRecoverySpecification": p["PointInTimeRecoverySpecification"]}
        yield "dynamodb", "UpdateContinuousBackups", {"TableName": name} | specification


def queue(name, p):
    text = lambda value: document(value) if isinstance(value, (dict, list, bool)) else str(value)
    attributes = {key: text(value) for key, value in without(p, "QueueName", "Tags").items()}
    yield "sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes, "tags": tags(p)}


def queue_policy(name, p):
    for url in p["Queues"]:
        yield "sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": document(p["PolicyDocument"])}}


def function(name, p):
    configuration = without(p, "FunctionName", "Tags", "Environment", "ReservedConcurrentExecutions", "RecursiveLoop")
    # CloudFormation makes texts of numbers here.
    variables = {key: str(value) for key, value in p.get("Environment", {}).get("Variables", {}).items()}
    configuration["Environment"] = {"Variables": variables}
    yield "lambda", "CreateFunction", {"FunctionName": name, "Tags": tags(p)} | configuration
    if "ReservedConcurrentExecutions" in p:
        reserved = p["ReservedConcurrentExecutions"]
        yield "lambda", "PutFunctionConcurrency", {"FunctionName": name, "ReservedConcurrentExecutions": reserved}
    if "RecursiveLoop" in p:
        yield "lambda", "PutFunctionRecursionConfig", {"FunctionName": name, "RecursiveLoop": p["RecursiveLoop"]}


def permission(name, p):
    yield "lambda", "AddPermission", {"StatementId": name} | p


def mapping(name, p):
    yield "lambda", "CreateEventSourceMapping", p


def log_group(name, p):
    yield "logs", "CreateLogGroup", {"logGroupName": name}
    if "RetentionInDays" in p:
        yield "logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": p["RetentionInDays"]}


def metric_filter(name, p):
    transformations = [
        {"metricNamespace": one["MetricNamespace"], "metricName": one["MetricName"], "metricValue": one["MetricValue"]}
        for one in p["MetricTransformations"]
    ]
    yield "logs", "PutMetricFilter", {
        "logGroupName": p["LogGroupName"],
        "filterName": name,
        "filterPattern": p["FilterPattern"],
        "metricTransformations": transformations,
    }


def role(name, p):
    trust = document(p["AssumeRolePolicyDocument"])
    rest = without(p, "RoleName", "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns")
    yield "iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": trust} | rest
    for policy in p.get("Policies", []):
        text = document(policy["PolicyDocument"])
        yield "iam", "PutRolePolicy", {"RoleName": name, "PolicyName": policy["PolicyName"], "PolicyDocument": text}
    for arn in p.get("ManagedPolicyArns", []):
        yield "iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn}


def rule(name, p):
    yield "events", "PutRule", {"Name": name} | without(p, "Name", "Targets")
    yield "events", "PutTargets", {"Rule": name, "Targets": p["Targets"]}


def schedule(name, p):
    yield "scheduler", "CreateSchedule", {"Name": name} | p


def alarm(name, p):
    yield "cloudwatch", "PutMetricAlarm", {"AlarmName": name} | p


def secret(name, p):
    yield "secretsmanager", "CreateSecret", {"Name": name} | without(p, "GenerateSecretString")
    if "GenerateSecretString" in p:
        drawn = without(p["GenerateSecretString"], "SecretStringTemplate", "GenerateStringKey")
        yield "secretsmanager", "GetRandomPassword", drawn


def topic(name, p):
    yield "sns", "CreateTopic", {"Name": name}
    for subscription in p.get("Subscription", []):
        yield "sns", "Subscribe", {"TopicArn": f"arn:{template.PARTITION}:sns:{template.REGION}:{template.ACCOUNT}:{name}"} | subscription


def topic_policy(name, p):
    for arn in p["Topics"]:
        policy = {"AttributeName": "Policy", "AttributeValue": document(p["PolicyDocument"])}
        yield "sns", "SetTopicAttributes", {"TopicArn": arn} | policy


def bucket(name, p):
    yield "s3", "CreateBucket", {"Bucket": name}
    if "PublicAccessBlockConfiguration" in p:
        configuration = p["PublicAccessBlockConfiguration"]
        yield "s3", "PutPublicAccessBlock", {"Bucket": name, "PublicAccessBlockConfiguration": configuration}
    if "OwnershipControls" in p:
        yield "s3", "PutBucketOwnershipControls", {"Bucket": name, "OwnershipControls": p["OwnershipControls"]}
    if "BucketEncryption" in p:
        rules = [
            {"ApplyServerSideEncryptionByDefault": one["ServerSideEncryptionByDefault"]}
            for one in p["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ]
        yield "s3", "PutBucketEncryption", {"Bucket": name, "ServerSideEncryptionConfiguration": {"Rules": rules}}
    if "LifecycleConfiguration" in p:
        rules = [lifecycle(one) for one in p["LifecycleConfiguration"]["Rules"]]
        yield "s3", "PutBucketLifecycleConfiguration", {"Bucket": name, "LifecycleConfiguration": {"Rules": rules}}
    if "CorsConfiguration" in p:
        rules = [
            without(one, "Id", "ExposedHeaders", "MaxAge")
            | {"ExposeHeaders": one.get("ExposedHeaders", []), "MaxAgeSeconds": one.get("MaxAge", 0)}
            for one in p["CorsConfiguration"]["CorsRules"]
        ]
        yield "s3", "PutBucketCors", {"Bucket": name, "CORSConfiguration": {"CORSRules": rules}}


def lifecycle(rule):
    call = {"ID": rule["Id"], "Filter": {"Prefix": rule.get("Prefix", "")}} | without(rule, "Id", "Prefix", "ExpirationInDays")
    return call | ({"Expiration": {"Days": rule["ExpirationInDays"]}} if "ExpirationInDays" in rule else {})


def bucket_policy(name, p):
    yield "s3", "PutBucketPolicy", {"Bucket": p["Bucket"], "Policy": document(p["PolicyDocument"])}


def api(name, p):
    if "Body" in p:
        yield "apigatewayv2", "ImportApi", {"Body": document(p["Body"])}
    else:
        yield "apigatewayv2", "CreateApi", p


def part_of_api(operation):
    def call(name, p):
        yield "apigatewayv2", operation, p

    return call


CALLS = {
    "AWS::ApiGatewayV2::Api": api,
    "AWS::ApiGatewayV2::Integration": part_of_api("CreateIntegration"),
    "AWS::ApiGatewayV2::Route": part_of_api("CreateRoute"),
    "AWS::ApiGatewayV2::RouteResponse": part_of_api("CreateRouteResponse"),
    "AWS::ApiGatewayV2::Stage": part_of_api("CreateStage"),
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::DynamoDB::Table": table,
    "AWS::Events::Rule": rule,
    "AWS::IAM::Role": role,
    "AWS::Lambda::EventSourceMapping": mapping,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::Permission": permission,
    "AWS::Logs::LogGroup": log_group,
    "AWS::Logs::MetricFilter": metric_filter,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SQS::Queue": queue,
    "AWS::SQS::QueuePolicy": queue_policy,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::SecretsManager::Secret": secret,
}


def faults_of(transformed, stack_name, parameters):
    """Everything that AWS would say against a stack."""
    for name in parameters.keys() - transformed["Parameters"].keys():
        yield f"there is no parameter {name}"
    stack = template.Stack(transformed, stack_name, parameters)
    for name, declared in transformed["Parameters"].items():
        yield from against(declared, name, stack.values[name])
    resources = stack.properties()
    for id, (kind, properties) in resources.items():
        if kind not in CALLS:
            yield f"{id}: how a {kind} is made is not said in .ci/limits.py"
            continue
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(template.REGION, kind).schema
        for error in jsonschema.Draft7Validator(schema).iter_errors(properties):
            place = ".".join(map(str, error.absolute_path))
            yield f"{id}.{place}: {error.message[:300]}"
        try:
            calls = list(CALLS[kind](stack.physical(id), properties))
        except (KeyError, TypeError) as missing:
            yield f"{id}: {kind} lacks {missing}"
            continue
        for service, operation, parameters in calls:
            yield from (f"{id}: {fault}" for fault in refused(service, operation, parameters))
    try:
        yield from rules.broken(stack, resources)
    except KeyError as missing:
        yield f"something lacks {missing}"


def against(declared, name, value):
    """What a declared parameter says against a value."""
    if value is None:
        yield f"the parameter {name} has no value: give it a Default or a place in samconfig.toml"
        return
    text = ",".join(value) if isinstance(value, list) else str(value)
    if "AllowedPattern" in declared and not regex.fullmatch(declared["AllowedPattern"], text):
        yield f"{name}: {text!r} is not of the form {declared['AllowedPattern']}"
    if "AllowedValues" in declared and text not in map(str, declared["AllowedValues"]):
        yield f"{name}: {text} is none of {declared['AllowedValues']}"
    if declared["Type"] == "Number" and not declared.get("MinValue", value) <= value <= declared.get("MaxValue", value):
        yield f"{name}: {value} is out of its bounds"


def stacks():
    """Name of the stack and parameters of every environment, and one in which everything is on."""
    for name, options in template.configurations().items():
        yield options.get("stack_name", name), template.overrides(options)
    arn = f"arn:{template.PARTITION}:sns:{template.REGION}:{template.ACCOUNT}:app/"
    yield "everything", {
        "PublicUrl": "https://api.example.com",
        "MailFrom": "no-reply@example.com",
        "AlarmEmail": "operations@example.com",
        "PushContact": "operations@example.com",
        "FcmApplicationArn": f"{arn}GCM/app",
        "ApnsApplicationArn": f"{arn}APNS/app",
        "ReservedConcurrency": "50",
    }


def deployable(options):
    """What `sam deploy` would ask for, since an environment does not say it."""
    for name in ["stack_name", "region", "capabilities"]:
        if not options.get(name):
            yield f"{name} is missing"
    if not (options.get("resolve_s3") or options.get("s3_bucket")):
        yield "nothing says where the code goes: resolve_s3 or s3_bucket"


def main():
    transformed = template.transformed(template.read())
    faults = []
    configurations = template.configurations()
    # What README's `sam deploy` takes.
    if "default" not in configurations:
        faults.append("samconfig.toml: no environment is the default one of `sam deploy`")
    for name, options in configurations.items():
        faults += [f"samconfig.toml, {name}: {fault}" for fault in deployable(options)]
    for name, parameters in stacks():
        faults += [f"{name}: {fault}" for fault in faults_of(transformed, name, parameters)]
    print(f"{len(transformed['Resources'])} resources in {len(list(stacks()))} stacks against AWS's limits")
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
