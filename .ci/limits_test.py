"""Breaks the template in ways that AWS refuses; .ci/limits.py must say so each time.

    .venv/bin/python .ci/limits_test.py
"""

import copy
import unittest

import limits
import template

WHOLE = template.transformed(template.read())


def first(kind, **having):
    """The logical id of the first resource of a kind whose properties are these."""
    for id, one in WHOLE["Resources"].items():
        if one["Type"] == kind and all(one["Properties"].get(name) == value for name, value in having.items()):
            return id
    raise KeyError(kind)


TABLE, FUNCTION, ROLE = first("AWS::DynamoDB::Table"), first("AWS::Lambda::Function"), first("AWS::IAM::Role")
QUEUE, FIFO = "MailQueue", "FeedQueue"
STREAM, POLLING = "FanoutTrigger", "DevicesTrigger"
ALARM, RULE, BUCKET = "ErrorsAlarm", first("AWS::Events::Rule"), first("AWS::S3::Bucket")
SECRET, STAGE, GROUP = "Secret", "LiveStage", first("AWS::Logs::LogGroup")
ROUTE, PERMISSION = first("AWS::ApiGatewayV2::Route"), first("AWS::Lambda::Permission")


def names(count):
    return [f"n{n}" for n in range(count)]


def index(properties, at=0):
    return properties["GlobalSecondaryIndexes"][at]


def project(properties, count, at=0):
    index(properties, at)["Projection"] = {"ProjectionType": "INCLUDE", "NonKeyAttributes": names(count)}


def more_indexes(properties):
    for n in range(17):
        properties["GlobalSecondaryIndexes"].append(index(copy.deepcopy(properties), 1) | {"IndexName": f"more_{n}"})


def statement(properties):
    return properties["Policies"][0]["PolicyDocument"]["Statement"][0]


def policy(properties, resources):
    statement(properties)["Resource"] = [f"arn:aws:s3:::bucket-{n}/a/rather/long/path/of/things" for n in range(resources)]


def metric(properties, n):
    properties["Metrics"].append(dict(properties["Metrics"][1], Id=f"more{n}"))


# What is wrong, where, how, and a word of what must be said.
BROKEN = [
    ("more names than an index takes", TABLE, lambda p: project(p, 21), "21 is more than 20"),
    ("more names than a table takes", TABLE, lambda p: ([project(p, 20, at) for at in range(4)], more_indexes(p), [project(p, 20, at) for at in range(4, 6)]), "of 100"),
    ("more indexes than a table takes", TABLE, more_indexes, "21 indexes"),
    ("an index without its attribute", TABLE, lambda p: p["AttributeDefinitions"].pop(), "attributes of keys"),
    ("a projection of no kind", TABLE, lambda p: index(p)["Projection"].update(ProjectionType="SOME"), "SOME"),
    ("more recovery than there is", TABLE, lambda p: p["PointInTimeRecoverySpecification"].update(RecoveryPeriodInDays=36), "36 is more than 35"),
    ("more memory than there is", FUNCTION, lambda p: p.update(MemorySize=10_241), "10241"),
    ("more time than there is", FUNCTION, lambda p: p.update(Timeout=901), "901"),
    ("a description too long", FUNCTION, lambda p: p.update(Description="x" * 257), "257"),
    ("a variable with no name", FUNCTION, lambda p: p["Environment"]["Variables"].update({"1_A": "x"}), "1_A"),
    ("too many variables", FUNCTION, lambda p: p["Environment"]["Variables"].update({f"A{n}": "x" * 400 for n in range(10)}), "of 4,096"),
    ("a role with too much to say", ROLE, lambda p: policy(p, 200), "of 10,240"),
    ("a queue that forgets late", QUEUE, lambda p: p.update(MessageRetentionPeriod=1_209_601), "1209601"),
    ("a queue that is hidden too short", QUEUE, lambda p: p.update(VisibilityTimeout=1), "for less than"),
    ("a queue that tries too often", QUEUE, lambda p: p["RedrivePolicy"].update(maxReceiveCount=1001), "1001"),
    ("a queue with the name of another kind", FIFO, lambda p: p.update(QueueName="feed"), "end of its name"),
    ("throughput without its scope", FIFO, lambda p: p.pop("DeduplicationScope"), "needs DeduplicationScope"),
    ("dead letters of the other kind", FIFO, lambda p: p["RedrivePolicy"].update(deadLetterTargetArn={"Fn::GetAtt": ["MailDeadLetterQueue", "Arn"]}), "the other kind"),
    ("a stream from nowhere", STREAM, lambda p: p.pop("StartingPosition"), "StartingPosition"),
    ("a stream with too long a batch", STREAM, lambda p: p.update(BatchSize=10_001), "10001"),
    ("a queue read like a stream", POLLING, lambda p: p.update(BisectBatchOnFunctionError=True), "is for streams"),
    ("a batch without its window", POLLING, lambda p: p.update(BatchSize=11), "a window of"),
    ("polling with one", POLLING, lambda p: p["ScalingConfig"].update(MaximumConcurrency=1), "1 is less than"),
    ("polling with more than is reserved", "MailerTrigger", lambda p: p["ScalingConfig"].update(MaximumConcurrency=51), "are reserved"),
    ("an alarm of eleven metrics", ALARM, lambda p: metric(p, 1), "11 metrics"),
    ("an alarm of two answers", ALARM, lambda p: p["Metrics"][1].pop("ReturnData"), "return data"),
    ("an alarm of no comparison", ALARM, lambda p: p.update(ComparisonOperator="More"), "More"),
    ("a clock that cannot be read", RULE, lambda p: p.update(ScheduleExpression="rate(1 hours)"), "is no schedule"),
    ("a schedule too long", RULE, lambda p: p.update(ScheduleExpression=f"cron({'0,' * 200}0 0 * * ? *)"), "is more than 256"),
    ("a name that is projected twice", TABLE, lambda p: index(p)["Projection"]["NonKeyAttributes"].append("row"), "projects a name twice"),
    ("a key that is projected", TABLE, lambda p: index(p)["Projection"]["NonKeyAttributes"].append("pk"), "projects a name twice"),
    ("two indexes of one name", TABLE, lambda p: index(p, 1).update(IndexName="by_parent"), "have one name"),
    ("a key of two partitions", TABLE, lambda p: p["KeySchema"][1].update(KeyType="HASH"), "a RANGE attribute after it"),
    ("a variable of Lambda's own", FUNCTION, lambda p: p["Environment"]["Variables"].update(AWS_REGION="x"), "Lambda's own to set"),
    ("a statement's name with a space", ROLE, lambda p: statement(p).update(Sid="Do it"), "of letters and digits"),
    ("two statements of one name", ROLE, lambda p: statement(p).update(Sid="Read"), "have one Sid"),
    ("a statement without effect", ROLE, lambda p: statement(p).pop("Effect"), "neither Allow nor Deny"),
    ("an action of no service", ROLE, lambda p: statement(p).update(Action="nope"), "is no action"),
    ("content judged where nothing is", QUEUE, lambda p: p.update(ContentBasedDeduplication=True), "is for FIFO queues"),
    ("two kinds of encryption", QUEUE, lambda p: p.update(KmsMasterKeyId="alias/aws/sqs"), "beside SqsManagedSseEnabled"),
    ("a stream read by many", STREAM, lambda p: p.update(ScalingConfig={"MaximumConcurrency": 2}), "is for queues"),
    ("a stream that is forgotten at once", STREAM, lambda p: p.update(MaximumRecordAgeInSeconds=10), "-1 or 60"),
    ("a filter that cannot be read", STREAM, lambda p: p["FilterCriteria"]["Filters"][0].update(Pattern="{ev"), "is no JSON"),
    ("an alarm of odd minutes", ALARM, lambda p: p["Metrics"][1]["MetricStat"].update(Period=70), "a period of 70 s"),
    ("an alarm of two kinds", ALARM, lambda p: p.update(MetricName="Errors"), "beside Metrics"),
    ("an alarm with a name twice", ALARM, lambda p: p["Metrics"][1].update(Id="attachments"), "have one Id"),
    ("an alarm that never has enough", ALARM, lambda p: p.update(DatapointsToAlarm=2), "more DatapointsToAlarm"),
    ("a bucket of no storage class", BUCKET, lambda p: p["LifecycleConfiguration"]["Rules"][0].update(Status="On"), "Enabled"),
    ("an origin by a method that is none", BUCKET, lambda p: p["CorsConfiguration"]["CorsRules"][0].update(AllowedMethods=["PATCH"]), "'PATCH' is not one of"),
    ("a secret longer than there is", SECRET, lambda p: p["GenerateSecretString"].update(PasswordLength=4097), "4097"),
    ("a stage with no name", STAGE, lambda p: p.update(Stagename=p.pop("StageName")), "StageName"),
    ("logs kept for a number of days of no choice", GROUP, lambda p: p.update(RetentionInDays=8), "8 is not one of"),
    ("a route authorized by nobody", ROUTE, lambda p: p.update(AuthorizationType="NOBODY"), "NOBODY"),
    ("a permission to do nothing", PERMISSION, lambda p: p.update(Action="invoke"), "'invoke' is not of the form"),
]


def said(transformed, parameters=None):
    stacks = [("broken", parameters)] if parameters else list(limits.stacks())
    return [fault for name, values in stacks for fault in limits.faults_of(transformed, name, values)]


class Limits(unittest.TestCase):
    def test_the_template_is_taken(self):
        self.assertEqual(said(WHOLE), [])

    def test_what_is_broken_is_refused(self):
        everything = dict(list(limits.stacks())[-1][1])
        for what, id, damage, word in BROKEN:
            with self.subTest(what):
                broken = copy.deepcopy(WHOLE)
                damage(broken["Resources"][id]["Properties"])
                faults = said(broken, everything)
                self.assertTrue(any(word in fault for fault in faults), faults)

    def test_a_kind_that_nobody_knows_is_refused(self):
        broken = copy.deepcopy(WHOLE)
        broken["Resources"]["New"] = {"Type": "AWS::Kinesis::Stream", "Properties": {}}
        self.assertTrue(any("AWS::Kinesis::Stream" in fault for fault in said(broken)))

    def test_parameters_are_what_the_template_declares(self):
        for parameters, word in [
            ({"Nowhere": "1"}, "no parameter Nowhere"),
            ({"PublicUrl": "api.example.com"}, "PublicUrl"),
            ({"LogRetentionDays": "8"}, "LogRetentionDays"),
            ({"AccessTokenSeconds": "1"}, "AccessTokenSeconds"),
        ]:
            self.assertTrue(any(word in fault for fault in said(WHOLE, parameters)), word)
        broken = copy.deepcopy(WHOLE)
        del broken["Parameters"]["MailFrom"]["Default"]
        self.assertTrue(any("MailFrom has no value" in fault for fault in said(broken, {"PublicUrl": ""})))

    def test_an_environment_says_all_that_a_deployment_asks_for(self):
        for name, options in template.configurations().items():
            self.assertEqual(list(limits.deployable(options)), [], name)
            for lacking in ["stack_name", "region", "capabilities", "resolve_s3"]:
                self.assertEqual(len(list(limits.deployable(limits.without(options, lacking)))), 1)


if __name__ == "__main__":
    unittest.main()
