//! A small template with two functions of its own, for the tests of this crate.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{any, get, post};
use http::{HeaderMap, StatusCode};
use lambda_http::RequestExt;
use runtime::env::{Env, MissingVariable};
use serde_json::{Value, json};

use crate::functions::Handler;

pub(crate) const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  PublicUrl: {Type: String, Default: ''}
  Origins: {Type: CommaDelimitedList, Default: 'https://app.test, https://other.test'}
Conditions:
  HasUrl: !Not [!Equals [!Ref PublicUrl, '']]
  Both: !And [!Condition HasUrl, !Equals [a, b]]
Globals:
  Function:
    Timeout: 5
    Environment:
      Variables: {TABLE_NAME: !Ref Table, PUBLIC_URL: !Ref PublicUrl}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: {AllowOrigins: !Ref Origins, AllowMethods: [GET, POST], ExposeHeaders: [ETag]}
      DefinitionBody:
        paths:
          /echo: &echo
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-integration:
                uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${EchoFunction.Arn}/invocations
          /echo/{proxy+}: *echo
          /rows: *echo
          /panic: *echo
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/echo
      Timeout: 1
      Environment:
        Variables:
          QUEUE_URL: !Ref Jobs
          SECRET_ARN: !Ref Key
          ONLY_IF: !If [Both, 'on', 'off']
  WorkerFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/worker
      Environment:
        Variables: {QUEUE_URL: !Ref Jobs}
      Events:
        Daily:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 day)}
        Jobs:
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 5, FunctionResponseTypes: [ReportBatchItemFailures]}
  Changes:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref WorkerFunction
      EventSourceArn: !GetAtt Table.StreamArn
      BatchSize: 10
      BisectBatchOnFunctionError: true
      MaximumRetryAttempts: 2
      FilterCriteria:
        Filters: [{Pattern: '{"dynamodb":{"NewImage":{"ev":{"S":[{"exists":true}]}}}}'}]
      DestinationConfig: {OnFailure: {Destination: !GetAtt Bucket.Arn}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: S}
        - {AttributeName: by, AttributeType: S}
      KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: sk, KeyType: RANGE}]
      GlobalSecondaryIndexes:
        - IndexName: by_all
          KeySchema: [{AttributeName: by, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadJobs.Arn, maxReceiveCount: 3}
  DeadJobs: {Type: AWS::SQS::Queue}
  Bucket: {Type: AWS::S3::Bucket}
  Key:
    Type: AWS::SecretsManager::Secret
    Properties:
      GenerateSecretString: {PasswordLength: 64, ExcludePunctuation: true}
  Alarm: {Type: AWS::CloudWatch::Alarm, Condition: HasUrl}
"#;

pub(crate) fn registry(name: &str, env: Env) -> Option<Result<Handler, MissingVariable>> {
    Some(match name {
        "echo" => echo(&env),
        "worker" => worker(&env),
        _ => return None,
    })
}

#[derive(Clone)]
struct Rows {
    table: String,
    client: aws_sdk_dynamodb::Client,
}

/// Answers what it is asked; `POST /rows` writes a row named by the body, `GET /rows` counts them in the index.
fn echo(env: &Env) -> Result<Handler, MissingVariable> {
    let client = aws_sdk_dynamodb::Client::new(&env.aws("AWS_ENDPOINT_URL_DYNAMODB")?);
    let rows = Rows {
        table: env.var("TABLE_NAME")?.to_owned(),
        client,
    };
    let app = Router::new()
        .route(
            "/echo",
            any(|headers: HeaderMap, body: Bytes| async move { (headers, body) }),
        )
        .route("/echo/late", get(std::future::pending::<()>))
        .route("/rows", post(write).get(count))
        .route("/panic", any(panic))
        .with_state(rows);
    Ok(Handler::http(app))
}

async fn panic(request: axum::extract::Request) -> StatusCode {
    panic!("{}", request.raw_http_path())
}

async fn write(State(rows): State<Rows>, name: String) -> StatusCode {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let put = rows
        .client
        .put_item()
        .table_name(&rows.table)
        .item("pk", S(name.clone()))
        .item("sk", S("row".to_owned()));
    let put = put
        .item("ev", S("row".to_owned()))
        .item("by", S("all".to_owned()));
    match put.send().await {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn count(State(rows): State<Rows>) -> String {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let query = rows
        .client
        .query()
        .table_name(&rows.table)
        .index_name("by_all")
        .key_condition_expression("#b = :a");
    let query = query
        .expression_attribute_names("#b", "by")
        .expression_attribute_values(":a", S("all".to_owned()));
    query.send().await.unwrap().count().to_string()
}

/// Where the worker sends what it makes.
struct Outbox {
    client: reqwest::Client,
    queue: String,
    sqs: String,
    ses: String,
}

/// Turns rows into messages and messages into mail; what is named `bad` fails.
fn worker(env: &Env) -> Result<Handler, MissingVariable> {
    let variable = |name: &str| env.var(name).map(str::to_owned);
    let outbox = Arc::new(Outbox {
        queue: variable("QUEUE_URL")?,
        sqs: variable("AWS_ENDPOINT_URL_SQS")?,
        ses: variable("AWS_ENDPOINT_URL_SESV2")?,
        client: reqwest::Client::new(),
    });
    Ok(Handler::worker(move |event: Value| {
        let outbox = outbox.clone();
        async move { outbox.work(&event).await }
    }))
}

impl Outbox {
    async fn work(&self, event: &Value) -> Result<Value, lambda_runtime::Error> {
        let mut failed = Vec::new();
        for record in event["Records"].as_array().into_iter().flatten() {
            if record["eventSource"] == "aws:dynamodb" {
                assert_eq!(record["awsRegion"], crate::REGION);
                self.send(&record["dynamodb"]["NewImage"]["pk"]["S"])
                    .await?;
            } else if record["body"] == "bad message" {
                failed.push(json!({ "itemIdentifier": record["messageId"] }));
            } else {
                self.mail(&record["body"]).await?;
            }
        }
        Ok(json!({ "batchItemFailures": failed }))
    }

    /// Sends the name of a row to the queue.
    async fn send(&self, name: &Value) -> Result<(), lambda_runtime::Error> {
        if name == "bad row" {
            return Err("a bad row".into());
        }
        let body = json!({ "QueueUrl": self.queue, "MessageBody": name });
        let send = self
            .client
            .post(&self.sqs)
            .header("x-amz-target", "AmazonSQS.SendMessage")
            .json(&body);
        send.send().await?.error_for_status()?;
        Ok(())
    }

    /// Mails the text of a message.
    async fn mail(&self, subject: &Value) -> Result<(), lambda_runtime::Error> {
        let content =
            json!({ "Subject": { "Data": subject }, "Body": { "Text": { "Data": "…" } } });
        let body = json!({
            "FromEmailAddress": "us@example.com",
            "Destination": { "ToAddresses": ["you@example.com"] },
            "Content": { "Simple": content },
        });
        let url = format!("{}/v2/email/outbound-emails", self.ses);
        let send = self.client.post(url).json(&body);
        send.send().await?.error_for_status()?;
        Ok(())
    }
}
