//! `template.yaml` is put together: from `functions/template.yaml`, which has what functions share, and from the part that
//! stands in the folder of each function. What every function has alike is written here: the routes to it, the API's
//! permission to call it, its log group, and its place in the alarms.

use std::fmt::Write as _;

use serde::Deserialize;

use super::{read, root, same};

/// The most metrics of one alarm (quotas of CloudWatch).
const METRICS: usize = 10;

/// The part of a function.
struct Part {
    name: String,
    routes: Option<Routes>,
    /// Its resources, as they are written.
    resources: String,
}

/// The routes to a function, without leading slash unless exact. Each stands for itself and all beneath it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Routes {
    /// Below `/api/v1`: how new groups are reached.
    canonical: Vec<String>,
    /// Below `/api/v1`, `/api` and nothing.
    everywhere: Vec<String>,
    /// As they are written.
    exact: Vec<String>,
}

impl Routes {
    fn paths(&self) -> Vec<String> {
        let canonical = self.canonical.iter().map(|path| format!("/api/v1/{path}"));
        let everywhere = self
            .everywhere
            .iter()
            .flat_map(|path| ["/api/v1/", "/api/", "/"].map(|below| format!("{below}{path}")));
        let all = canonical
            .chain(everywhere)
            .chain(self.exact.iter().cloned());
        all.flat_map(|path| [path.clone(), format!("{path}/{{proxy+}}")])
            .collect()
    }
}

impl Part {
    fn read(name: &str) -> Self {
        let text = read(&format!("functions/{name}/template.yaml"));
        let (head, resources) = text
            .split_once("\nResources:\n")
            .unwrap_or_else(|| panic!("{name} has no Resources"));
        let routes = head.split_once("\nRoutes:\n").map(|(_, routes)| {
            yaml_serde::from_str(routes).unwrap_or_else(|why| panic!("the routes of {name}: {why}"))
        });
        Self {
            name: name.to_owned(),
            routes,
            resources: resources.trim_end().to_owned(),
        }
    }

    /// What its resources are called after.
    fn id(&self) -> String {
        let (first, rest) = self.name.split_at(1);
        format!("{}{rest}", first.to_ascii_uppercase())
    }

    fn routes(&self) -> String {
        let mut text = String::new();
        for (nth, path) in self.routes.iter().flat_map(Routes::paths).enumerate() {
            let name = &self.name;
            if nth > 0 {
                let _ = writeln!(text, "          {path}: *{name}");
                continue;
            }
            let uri =
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions";
            let _ = write!(
                text,
                "          {path}: &{name}
            x-amazon-apigateway-any-method:
              responses: {{}}
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: POST
                payloadFormatVersion: '2.0'
                uri: !Sub {uri}/${{{}Function.Arn}}/invocations
",
                self.id()
            );
        }
        text
    }

    fn resources(&self) -> String {
        let (name, id) = (&self.name, self.id());
        let mut text = format!("  # {:-<64} {name}\n\n{}\n", "", self.resources);
        if self.routes.is_some() {
            let _ = write!(
                text,
                "
  {id}Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref {id}Function
      Principal: apigateway.amazonaws.com
      SourceArn: *api-routes
"
            );
        }
        let _ = write!(
            text,
            "
  {id}Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /${{AWS::StackName}}/{name}
      RetentionInDays: !Ref LogRetentionDays
"
        );
        text
    }

    /// The queues of what it gave up.
    fn dead_letters(&self) -> impl Iterator<Item = &str> {
        let ids = self
            .resources
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.strip_suffix("DeadLetterQueue:"));
        ids.filter(|id| !id.starts_with(' '))
    }
}

/// The names of the functions' folders.
fn names() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap());
    let names = folders
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// A metric of an alarm.
fn metric(id: &str, what: &str, dimension: &str) -> String {
    format!(
        "        - {{Id: {id}, ReturnData: false, MetricStat: {{{what}, Dimensions: [{{{dimension}}}]}}}}}}\n"
    )
}

/// Alarms on the errors of all functions, so many to an alarm as it takes.
fn errors(parts: &[Part]) -> String {
    let mut text = String::new();
    for (nth, some) in parts.chunks(METRICS).enumerate() {
        let number = if nth == 0 {
            String::new()
        } else {
            (nth + 1).to_string()
        };
        let _ = write!(
            text,
            "  ErrorsAlarm{number}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: A function failed, timed out or could not start. A refused request is not an error.
      AlarmActions: *notify
      ComparisonOperator: GreaterThanOrEqualToThreshold
      Threshold: 1
      EvaluationPeriods: 1
      TreatMissingData: notBreaching
      Metrics:
        - {{Id: total, Expression: SUM(METRICS())}}
"
        );
        for part in some {
            let what = "Stat: Sum, Period: 300, Metric: {Namespace: AWS/Lambda, MetricName: Errors";
            text += &metric(
                &part.name,
                what,
                &format!("Name: FunctionName, Value: !Ref {}Function", part.id()),
            );
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

fn dead_letters(parts: &[Part]) -> String {
    let queues: Vec<&str> = parts.iter().flat_map(Part::dead_letters).collect();
    assert!(
        queues.len() <= METRICS,
        "an alarm takes {METRICS} metrics: divide DeadLettersAlarm"
    );
    let what = "Stat: Maximum, Period: 300, Metric: {Namespace: AWS/SQS, MetricName: ApproximateNumberOfMessagesVisible";
    let lines = queues.iter().map(|queue| {
        let value = format!("Name: QueueName, Value: !GetAtt {queue}DeadLetterQueue.QueueName");
        metric(&queue.to_ascii_lowercase(), what, &value)
    });
    lines.collect()
}

/// Defines each block where it is used first: `*name` becomes `&name` and the block.
fn with_blocks(text: &str, blocks: &str) -> String {
    let mut blocks = blocks_by_name(blocks);
    let mut out = String::new();
    for line in text.lines() {
        let name = line
            .rsplit_once(' ')
            .and_then(|(_, word)| word.strip_prefix('*'));
        let found = name.and_then(|name| blocks.iter().position(|(known, _)| known == name));
        let Some(found) = found else {
            out += line;
            out.push('\n');
            continue;
        };
        let (name, block) = blocks.remove(found);
        let lead = line.strip_suffix(&format!("*{name}")).unwrap_or_default();
        let indent = lead.len() - lead.trim_start().len() + 2;
        let _ = match block.as_slice() {
            [one] if !one.starts_with(' ') => writeln!(out, "{lead}&{name} {one}"),
            lines => {
                let lines = lines.iter().map(|line| {
                    format!(
                        "{:indent$}{}\n",
                        "",
                        line.strip_prefix("  ").unwrap_or(line)
                    )
                });
                writeln!(
                    out,
                    "{lead}&{name}\n{}",
                    lines.collect::<String>().trim_end()
                )
            }
        };
    }
    let unused: Vec<&String> = blocks.iter().map(|(name, _)| name).collect();
    assert!(
        unused.is_empty(),
        "no part uses {unused:?} of functions/blocks.yaml"
    );
    out
}

/// Name and lines of every block: a single value stands behind the name, a larger one indented below it.
fn blocks_by_name(text: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks: Vec<(String, Vec<String>)> = vec![];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(':').filter(|_| !line.starts_with(' ')) {
            Some((name, "")) => blocks.push((name.to_owned(), vec![])),
            Some((name, value)) => blocks.push((name.to_owned(), vec![value.trim().to_owned()])),
            None => blocks
                .last_mut()
                .expect("a name stands before its block")
                .1
                .push(line.to_owned()),
        }
    }
    blocks
}

/// The whole template.
pub fn assembled() -> String {
    let parts: Vec<Part> = names().iter().map(|name| Part::read(name)).collect();
    let routes: Vec<String> = parts
        .iter()
        .map(Part::routes)
        .filter(|routes| !routes.is_empty())
        .collect();
    let resources: Vec<String> = parts.iter().map(Part::resources).collect();
    let made = [
        ("          # (routes)\n", routes.join("\n")),
        ("  # (functions)\n", resources.join("\n")),
        ("  # (errors)\n", errors(&parts)),
        ("        # (dead letters)\n", dead_letters(&parts)),
    ];
    let base = read("functions/template.yaml");
    let whole = made.iter().fold(base, |text, (place, made)| {
        assert_eq!(
            text.matches(place).count(),
            1,
            "functions/template.yaml has one place for {place}"
        );
        text.replace(place, made)
    });
    with_blocks(&whole, &read("functions/blocks.yaml"))
}

#[test]
fn the_template_is_put_together_from_its_parts() {
    same("template.yaml", &assembled());
}

/// The routes that AWS lets an API have (quotas of API Gateway), and the groups for which there shall be room.
#[test]
fn there_is_room_for_forty_groups_more() {
    let routes: usize = names()
        .iter()
        .filter_map(|name| Part::read(name).routes)
        .map(|routes| routes.paths().len())
        .sum();
    let group = Routes {
        canonical: vec!["goals".to_owned()],
        ..Routes::default()
    };
    assert_eq!(group.paths(), ["/api/v1/goals", "/api/v1/goals/{proxy+}"]);
    assert!(
        routes + 1 + 40 * group.paths().len() <= 300,
        "{routes} routes"
    );
}
