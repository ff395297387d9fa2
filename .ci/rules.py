"""Rules across members and between resources, which no service model states, with where AWS states them."""

import json

import regex

# Lambda developer guide, "Defined runtime environment variables": reserved.
RESERVED = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}  # fmt: skip
# CreateEventSourceMapping: what only streams have.
ONLY_OF_STREAMS = {
    "BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor",
    "StartingPosition", "DestinationConfig",
}  # fmt: skip


def document(value):
    return json.dumps(value, separators=(",", ":"))


class Others:
    """The resources of a stack that others are held against."""

    def __init__(self, stack, resources):
        self.stack = stack
        of = lambda kind: {id: p for id, (its, p) in resources.items() if its == kind}
        self.functions = {stack.physical(id): (id, p) for id, p in of("AWS::Lambda::Function").items()}
        self.queues = {self.arn(id): (id, p) for id, p in of("AWS::SQS::Queue").items()}
        self.permissions = of("AWS::Lambda::Permission").values()

    def arn(self, id):
        return self.stack.attribute(id, "Arn")


def table(id, p, others):
    indexes = p.get("GlobalSecondaryIndexes", [])
    # CreateTable: "the total count of NonKeyAttributes summed across all of the secondary indexes must not exceed 100".
    projected = sum(len(one["Projection"].get("NonKeyAttributes", [])) for one in indexes)
    if projected > 100:
        yield f"its indexes project {projected} names, of 100"
    # Service quotas of DynamoDB: 20 global secondary indexes per table.
    if len(indexes) > 20:
        yield f"{len(indexes)} indexes, of 20"
    # CreateTable: each attribute of a key is defined, and no other.
    keys = {one["AttributeName"] for part in [p, *indexes] for one in part["KeySchema"]}
    defined = {one["AttributeName"] for one in p["AttributeDefinitions"]}
    if keys != defined:
        yield f"attributes of keys and definitions differ in {sorted(keys ^ defined)}"
    for one in indexes:
        names = one["Projection"].get("NonKeyAttributes", [])
        if (one["Projection"]["ProjectionType"] == "INCLUDE") != ("NonKeyAttributes" in one["Projection"]):
            yield f"NonKeyAttributes of {one['IndexName']} do not go with its ProjectionType"
        # CreateTable: "one or more parameter values were invalid" for a name twice, or one that is projected anyway.
        own = {key["AttributeName"] for part in [p, one] for key in part["KeySchema"]}
        if len(set(names)) < len(names) or own & set(names):
            yield f"{one['IndexName']} projects a name twice"
    if len({one["IndexName"] for one in indexes}) < len(indexes):
        yield f"two indexes have one name"
    for part in [p, *indexes]:
        if [one["KeyType"] for one in part["KeySchema"]] not in (["HASH"], ["HASH", "RANGE"]):
            yield f"a key is a HASH attribute, and a RANGE attribute after it"


def function(id, p, others):
    # Lambda quotas: 10,240 MB of memory, 900 s, 4 KB of environment variables.
    if not 128 <= p.get("MemorySize", 128) <= 10_240 or not 1 <= p.get("Timeout", 3) <= 900:
        yield f"MemorySize {p.get('MemorySize')} or Timeout {p.get('Timeout')}"
    variables = len(document(p.get("Environment", {}).get("Variables", {})))
    if variables > 4096:
        yield f"{variables} bytes of environment variables, of 4,096"
    # Lambda: "defined runtime environment variables", which cannot be set.
    for name in p.get("Environment", {}).get("Variables", {}):
        if name in RESERVED or name.startswith("AWS_LAMBDA_"):
            yield f"{name} is Lambda's own to set"
    # Lambda quotas: a function's resource-based policy 20 KB.
    own = [one for one in others.permissions if one["FunctionName"] == others.stack.physical(id)]
    size = sum(len(document(one)) + 200 for one in own)
    if size > 20_480:
        yield f"{size} bytes of permissions, of 20,480"


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


def role(id, p, others):
    # IAM quotas: all inline policies of a role 10,240 characters, white space not counted.
    size = sum(len(document(one["PolicyDocument"])) for one in p.get("Policies", []))
    if size > 10_240:
        yield f"{size} characters of policies, of 10,240"
    for policy in p.get("Policies", []):
        yield from statements(policy["PolicyDocument"]["Statement"])


def alarm(id, p, others):
    # CloudWatch quotas: an alarm on a metric math expression takes at most ten metrics.
    metrics = [one for one in p.get("Metrics", []) if "MetricStat" in one]
    if len(metrics) > 10:
        yield f"{len(metrics)} metrics, of 10"
    # PutMetricAlarm: exactly one of the queries returns data.
    returning = [one["Id"] for one in p.get("Metrics", []) if one.get("ReturnData", True)]
    if p.get("Metrics") and len(returning) != 1:
        yield f"{returning} return data, and one may"
    if "MetricName" in p and "Metrics" in p:
        yield f"MetricName beside Metrics"
    ids = [one["Id"] for one in p.get("Metrics", [])]
    if len(set(ids)) < len(ids):
        yield f"two metrics have one Id"
    # PutMetricAlarm: 10, 20, 30 or a multiple of 60 seconds.
    for seconds in [p.get("Period"), *(one["MetricStat"]["Period"] for one in metrics)]:
        if seconds is not None and seconds not in (10, 20, 30) and (seconds < 60 or seconds % 60):
            yield f"a period of {seconds} s"
    if p.get("DatapointsToAlarm", 0) > p["EvaluationPeriods"]:
        yield f"more DatapointsToAlarm than EvaluationPeriods"
    # PutMetricAlarm: the whole window is at most a day for periods below an hour, else a week.
    period = p.get("Period") or max((one["MetricStat"]["Period"] for one in metrics), default=60)
    if period * p["EvaluationPeriods"] > (86_400 if period < 3600 else 604_800):
        yield f"it looks at more than a day"


def queue(id, p, others):
    fifo = p.get("FifoQueue", False)
    # CreateQueue: the name of a FIFO queue, and of no other, ends in .fifo.
    if p.get("QueueName", "").endswith(".fifo") != fifo:
        yield f"FifoQueue and the end of its name do not agree"
    if p.get("ContentBasedDeduplication") and not fifo:
        yield f"ContentBasedDeduplication is for FIFO queues"
    if p.get("SqsManagedSseEnabled") and "KmsMasterKeyId" in p:
        yield f"KmsMasterKeyId beside SqsManagedSseEnabled"
    redrive = p.get("RedrivePolicy", {})
    if redrive:
        dead = others.queues.get(redrive["deadLetterTargetArn"], (None, {}))[1]
        # SQS: "the dead-letter queue of a FIFO queue must also be a FIFO queue", and of a standard one standard.
        if dead.get("FifoQueue", False) != fifo:
            yield f"its dead letters go to a queue of the other kind"
        if not 1 <= redrive["maxReceiveCount"] <= 1000:
            yield f"maxReceiveCount {redrive['maxReceiveCount']}, of 1 to 1,000"
        allowed = dead.get("RedriveAllowPolicy", {}).get("sourceQueueArns")
        if allowed is not None and others.arn(id) not in allowed:
            yield f"the queue of its dead letters takes none from it"
    # SetQueueAttributes: high throughput by group wants deduplication by group.
    if p.get("FifoThroughputLimit") == "perMessageGroupId" and p.get("DeduplicationScope") != "messageGroup":
        yield f"FifoThroughputLimit perMessageGroupId needs DeduplicationScope messageGroup"
    for member, low, high in [("VisibilityTimeout", 0, 43_200), ("MessageRetentionPeriod", 60, 1_209_600), ("DelaySeconds", 0, 900)]:
        if not low <= p.get(member, low) <= high:
            yield f"{member} {p[member]}, of {low} to {high}"


def mapping(id, p, others):
    function_id, function = others.functions[p["FunctionName"]]
    source = p["EventSourceArn"]
    batch, window = p.get("BatchSize", 10), p.get("MaximumBatchingWindowInSeconds", 0)
    # CreateEventSourceMapping: at most five filters.
    if len(p.get("FilterCriteria", {}).get("Filters", [])) > 5:
        yield f"more than 5 filters"
    for one in p.get("FilterCriteria", {}).get("Filters", []):
        try:
            json.loads(one["Pattern"])
        except ValueError:
            yield f"the pattern of a filter is no JSON"
    if source not in others.queues:
        if p.get("StartingPosition") not in ("LATEST", "TRIM_HORIZON"):
            yield f"a stream of the table needs StartingPosition LATEST or TRIM_HORIZON"
        if "ScalingConfig" in p:
            yield f"ScalingConfig is for queues"
        age = p.get("MaximumRecordAgeInSeconds", -1)
        if age != -1 and age < 60:
            yield f"MaximumRecordAgeInSeconds {age}, of -1 or 60 and more"
        return
    queue_id, queue = others.queues[source]
    fifo = queue.get("FifoQueue", False)
    stream_only = ONLY_OF_STREAMS & set(p)
    if stream_only:
        yield f"{sorted(stream_only)} is for streams"
    # Lambda with SQS: FIFO queues 10 messages a batch; more than 10 need a window.
    if batch > (10 if fifo else 10_000) or (batch > 10 and window < 1) or (fifo and window):
        yield f"BatchSize {batch} with a window of {window} s"
    # Lambda refuses a queue that hides messages for less than the function may run.
    if queue.get("VisibilityTimeout", 30) < function.get("Timeout", 3):
        yield f"{queue_id} hides messages for less than {function_id} may run"
    # Maximum concurrency of a queue: 2 to 1,000, and no more than what is reserved for the function.
    most = p.get("ScalingConfig", {}).get("MaximumConcurrency")
    reserved = function.get("ReservedConcurrentExecutions")
    if most is not None and reserved is not None and most > reserved:
        yield f"polls with {most}, and {reserved} are reserved for {function_id}"


def rule(id, p, others):
    # EventBridge: rate(1 minute) and rate(5 minutes), never rate(1 minutes); cron has six fields.
    rate = regex.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", p.get("ScheduleExpression", "rate(1 hour)"))
    cron = regex.fullmatch(r"cron\((\S+ ){5}\S+\)", p.get("ScheduleExpression", ""))
    if not cron and not (rate and int(rate[1]) > 0 and (rate[1] == "1") != bool(rate[3])):
        yield f"{p['ScheduleExpression']} is no schedule"


RULES = {
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::DynamoDB::Table": table,
    "AWS::Events::Rule": rule,
    "AWS::IAM::Role": role,
    "AWS::Lambda::EventSourceMapping": mapping,
    "AWS::Lambda::Function": function,
    "AWS::SQS::Queue": queue,
}


def broken(stack, resources):
    """What breaks one of these rules, with the logical id of the resource before it."""
    others = Others(stack, resources)
    for id, (kind, properties) in resources.items():
        if kind in RULES:
            yield from (f"{id}: {fault}" for fault in RULES[kind](id, properties, others))
