"""What AWS would refuse of template.yaml: every call that CloudFormation would make is held against AWS's own service
models (botocore) and resource schemas (cfn-lint), for each environment of samconfig.toml.

    .venv/bin/python .ci/limits.py

Linters of templates and emulators take much of what is refused here, and CloudFormation finds it only in the middle of a
deployment. Rules across members, which no model states, are written out with where AWS states them.
"""

import json
import sys

import jsonschema
import regex
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

import template

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


# Lambda developer guide, "Defined runtime environment variables": reserved.
RESERVED = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}  # fmt: skip


def without(properties, *names):
    return {name: value for name, value in properties.items() if name not in names}


def document(value):
    return json.dumps(value, separators=(",", ":"))


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
        yield "sns", "Subscribe", {"TopicArn": f"arn:aws:sns:us-east-1:123456789012:{name}"} | subscription


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
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SQS::Queue": queue,
    "AWS::SQS::QueuePolicy": queue_policy,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::SecretsManager::Secret": secret,
}


def statements(of):
    """What IAM would say against the statements of a policy (IAM reference, "grammar of the JSON policy language")."""
    sids = [one["Sid"] for one in of if "Sid" in one]
    if len(set(sids)) < len(sids):
        yield "two statements have one Sid"
    for one in of:
        if not regex.fullmatch("[A-Za-z0-9]*", one.get("Sid", "")):
            yield f"Sid {one['Sid']!r} is not of letters and digits"
        if one.get("Effect") not in ("Allow", "Deny"):
            yield f"{one.get('Sid')}: neither Allow nor Deny"
        if "Action" not in one or "Resource" not in one:
            yield f"{one.get('Sid')}: without Action or Resource"
        actions = one.get("Action", [])
        for action in [actions] if isinstance(actions, str) else actions:
            if not regex.fullmatch(r"\*|[a-z0-9-]+:[A-Za-z0-9*]+", action):
                yield f"{one.get('Sid')}: {action} is no action"


def across(stack, resources):
    """Rules between members and between resources."""
    of = lambda kind: {id: p for id, (its, p) in resources.items() if its == kind}
    functions = {stack.physical(id): (id, p) for id, p in of("AWS::Lambda::Function").items()}
    queues = {stack.attribute(id, "Arn"): (id, p) for id, p in of("AWS::SQS::Queue").items()}

    for id, p in of("AWS::DynamoDB::Table").items():
        indexes = p.get("GlobalSecondaryIndexes", [])
        # CreateTable: "the total count of NonKeyAttributes summed across all of the secondary indexes must not exceed 100".
        projected = sum(len(one["Projection"].get("NonKeyAttributes", [])) for one in indexes)
        if projected > 100:
            yield f"{id}: its indexes project {projected} names, of 100"
        # Service quotas of DynamoDB: 20 global secondary indexes per table.
        if len(indexes) > 20:
            yield f"{id}: {len(indexes)} indexes, of 20"
        # CreateTable: each attribute of a key is defined, and no other.
        keys = {one["AttributeName"] for part in [p, *indexes] for one in part["KeySchema"]}
        defined = {one["AttributeName"] for one in p["AttributeDefinitions"]}
        if keys != defined:
            yield f"{id}: attributes of keys and definitions differ in {sorted(keys ^ defined)}"
        for one in indexes:
            names = one["Projection"].get("NonKeyAttributes", [])
            if (one["Projection"]["ProjectionType"] == "INCLUDE") != ("NonKeyAttributes" in one["Projection"]):
                yield f"{id}: NonKeyAttributes of {one['IndexName']} do not go with its ProjectionType"
            # CreateTable: "one or more parameter values were invalid" for a name twice, or one that is projected anyway.
            own = {key["AttributeName"] for part in [p, one] for key in part["KeySchema"]}
            if len(set(names)) < len(names) or own & set(names):
                yield f"{id}: {one['IndexName']} projects a name twice"
        if len({one["IndexName"] for one in indexes}) < len(indexes):
            yield f"{id}: two indexes have one name"
        for part in [p, *indexes]:
            if [one["KeyType"] for one in part["KeySchema"]] not in (["HASH"], ["HASH", "RANGE"]):
                yield f"{id}: a key is a HASH attribute, and a RANGE attribute after it"

    for id, p in of("AWS::Lambda::Function").items():
        # Lambda quotas: 10,240 MB of memory, 900 s, 4 KB of environment variables.
        if not 128 <= p.get("MemorySize", 128) <= 10_240 or not 1 <= p.get("Timeout", 3) <= 900:
            yield f"{id}: MemorySize {p.get('MemorySize')} or Timeout {p.get('Timeout')}"
        variables = len(document(p.get("Environment", {}).get("Variables", {})))
        if variables > 4096:
            yield f"{id}: {variables} bytes of environment variables, of 4,096"
        # Lambda: "defined runtime environment variables", which cannot be set.
        for name in p.get("Environment", {}).get("Variables", {}):
            if name in RESERVED or name.startswith("AWS_LAMBDA_"):
                yield f"{id}: {name} is Lambda's own to set"

    for id, p in of("AWS::IAM::Role").items():
        # IAM quotas: all inline policies of a role 10,240 characters, white space not counted.
        size = sum(len(document(one["PolicyDocument"])) for one in p.get("Policies", []))
        if size > 10_240:
            yield f"{id}: {size} characters of policies, of 10,240"
        for policy in p.get("Policies", []):
            yield from (f"{id}: {fault}" for fault in statements(policy["PolicyDocument"]["Statement"]))

    for id, p in of("AWS::CloudWatch::Alarm").items():
        # CloudWatch quotas: an alarm on a metric math expression takes at most ten metrics.
        metrics = [one for one in p.get("Metrics", []) if "MetricStat" in one]
        if len(metrics) > 10:
            yield f"{id}: {len(metrics)} metrics, of 10"
        # PutMetricAlarm: exactly one of the queries returns data.
        returning = [one["Id"] for one in p.get("Metrics", []) if one.get("ReturnData", True)]
        if p.get("Metrics") and len(returning) != 1:
            yield f"{id}: {returning} return data, and one may"
        # PutMetricAlarm: the whole window is at most a day for periods below an hour, else a week.
        if "MetricName" in p and "Metrics" in p:
            yield f"{id}: MetricName beside Metrics"
        ids = [one["Id"] for one in p.get("Metrics", [])]
        if len(set(ids)) < len(ids):
            yield f"{id}: two metrics have one Id"
        # PutMetricAlarm: 10, 20, 30 or a multiple of 60 seconds.
        for seconds in [p.get("Period"), *(one["MetricStat"]["Period"] for one in metrics)]:
            if seconds is not None and seconds not in (10, 20, 30) and (seconds < 60 or seconds % 60):
                yield f"{id}: a period of {seconds} s"
        if p.get("DatapointsToAlarm", 0) > p["EvaluationPeriods"]:
            yield f"{id}: more DatapointsToAlarm than EvaluationPeriods"
        period = p.get("Period") or max((one["MetricStat"]["Period"] for one in metrics), default=60)
        if period * p["EvaluationPeriods"] > (86_400 if period < 3600 else 604_800):
            yield f"{id}: it looks at more than a day"

    for arn, (name, p) in queues.items():
        fifo = p.get("FifoQueue", False)
        # CreateQueue: the name of a FIFO queue, and of no other, ends in .fifo.
        if p.get("QueueName", "").endswith(".fifo") != fifo:
            yield f"{name}: FifoQueue and the end of its name do not agree"
        if p.get("ContentBasedDeduplication") and not fifo:
            yield f"{name}: ContentBasedDeduplication is for FIFO queues"
        if p.get("SqsManagedSseEnabled") and "KmsMasterKeyId" in p:
            yield f"{name}: KmsMasterKeyId beside SqsManagedSseEnabled"
        redrive = p.get("RedrivePolicy", {})
        if redrive:
            dead = queues.get(redrive["deadLetterTargetArn"], (None, {}))[1]
            # SQS: "the dead-letter queue of a FIFO queue must also be a FIFO queue", and of a standard one standard.
            if dead.get("FifoQueue", False) != fifo:
                yield f"{name}: its dead letters go to a queue of the other kind"
            if not 1 <= redrive["maxReceiveCount"] <= 1000:
                yield f"{name}: maxReceiveCount {redrive['maxReceiveCount']}, of 1 to 1,000"
            allowed = dead.get("RedriveAllowPolicy", {}).get("sourceQueueArns")
            if allowed is not None and arn not in allowed:
                yield f"{name}: the queue of its dead letters takes none from it"
        # SetQueueAttributes: high throughput by group wants deduplication by group.
        if p.get("FifoThroughputLimit") == "perMessageGroupId" and p.get("DeduplicationScope") != "messageGroup":
            yield f"{name}: FifoThroughputLimit perMessageGroupId needs DeduplicationScope messageGroup"
        for member, low, high in [("VisibilityTimeout", 0, 43_200), ("MessageRetentionPeriod", 60, 1_209_600), ("DelaySeconds", 0, 900)]:
            if not low <= p.get(member, low) <= high:
                yield f"{name}: {member} {p[member]}, of {low} to {high}"

    for id, p in of("AWS::Lambda::EventSourceMapping").items():
        function_id, function = functions[p["FunctionName"]]
        source = p["EventSourceArn"]
        batch, window = p.get("BatchSize", 10), p.get("MaximumBatchingWindowInSeconds", 0)
        # CreateEventSourceMapping: at most five filters.
        if len(p.get("FilterCriteria", {}).get("Filters", [])) > 5:
            yield f"{id}: more than 5 filters"
        for one in p.get("FilterCriteria", {}).get("Filters", []):
            try:
                json.loads(one["Pattern"])
            except ValueError:
                yield f"{id}: the pattern of a filter is no JSON"
        if source not in queues:
            if p.get("StartingPosition") not in ("LATEST", "TRIM_HORIZON"):
                yield f"{id}: a stream of the table needs StartingPosition LATEST or TRIM_HORIZON"
            if "ScalingConfig" in p:
                yield f"{id}: ScalingConfig is for queues"
            age = p.get("MaximumRecordAgeInSeconds", -1)
            if age != -1 and age < 60:
                yield f"{id}: MaximumRecordAgeInSeconds {age}, of -1 or 60 and more"
            continue
        queue_id, queue = queues[source]
        fifo = queue.get("FifoQueue", False)
        stream_only = {"BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor", "StartingPosition", "DestinationConfig"} & set(p)
        if stream_only:
            yield f"{id}: {sorted(stream_only)} is for streams"
        # Lambda with SQS: FIFO queues 10 messages a batch; more than 10 need a window.
        if batch > (10 if fifo else 10_000) or (batch > 10 and window < 1) or (fifo and window):
            yield f"{id}: BatchSize {batch} with a window of {window} s"
        # Lambda refuses a queue that hides messages for less than the function may run.
        if queue.get("VisibilityTimeout", 30) < function.get("Timeout", 3):
            yield f"{id}: {queue_id} hides messages for less than {function_id} may run"
        # Maximum concurrency of a queue: 2 to 1,000, and no more than what is reserved for the function.
        most = p.get("ScalingConfig", {}).get("MaximumConcurrency")
        reserved = function.get("ReservedConcurrentExecutions")
        if most is not None and reserved is not None and most > reserved:
            yield f"{id}: polls with {most}, and {reserved} are reserved for {function_id}"

    for id, p in of("AWS::Events::Rule").items():
        # EventBridge: rate(1 minute) and rate(5 minutes), never rate(1 minutes); cron has six fields.
        rate = regex.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", p.get("ScheduleExpression", "rate(1 hour)"))
        cron = regex.fullmatch(r"cron\((\S+ ){5}\S+\)", p.get("ScheduleExpression", ""))
        if not cron and not (rate and int(rate[1]) > 0 and (rate[1] == "1") != bool(rate[3])):
            yield f"{id}: {p['ScheduleExpression']} is no schedule"

    # Lambda quotas: a function's resource-based policy 20 KB.
    sizes = {}
    for id, p in of("AWS::Lambda::Permission").items():
        sizes[p["FunctionName"]] = sizes.get(p["FunctionName"], 0) + len(document(p)) + 200
    for name, size in sizes.items():
        if size > 20_480:
            yield f"{name}: {size} bytes of permissions, of 20,480"


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
        yield from across(stack, resources)
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
    arn = "arn:aws:sns:us-east-1:123456789012:app/"
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
