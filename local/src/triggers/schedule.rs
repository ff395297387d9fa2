//! Schedules into functions. What fell due while the cloud was off is not made up for.

use std::cmp::Ordering;
use std::time::Duration;

use croner::errors::CronError;
use croner::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use runtime::env::{Clock, Entropy};
use serde_json::{Value, json};

use super::Triggers;
use crate::net::{Stop, stopped};
use crate::template::{Schedule, ScheduleTrigger};
use crate::{ACCOUNT, REGION};

/// Calls the function whenever the schedule says so.
pub(super) async fn run(
    triggers: Triggers,
    function: String,
    trigger: ScheduleTrigger,
    stop: Stop,
) {
    let clock = Clock::system();
    while let Some((pause, due)) = next(&trigger.schedule, clock.now()) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopped(stop.clone()) => return,
        }
        let _busy = triggers.busy();
        if let Err(why) = triggers
            .functions
            .invoke(&function, event(&trigger, due))
            .await
        {
            tracing::warn!(function, why, "a scheduled call failed");
        }
    }
}

/// How long from now until the schedule is due, and when that is; `None` if never again.
fn next(schedule: &Schedule, now: Timestamp) -> Option<(Duration, Timestamp)> {
    let due = match schedule {
        Schedule::Rate(every) => now.checked_add(*every).ok()?,
        Schedule::Cron(cron) => cron.find_next_occurrence(&Utc(now), false).ok()?.0,
    };
    Some((now.duration_until(due).try_into().ok()?, due))
}

/// The event, as EventBridge (a rule or Scheduler) would send it.
fn event(trigger: &ScheduleTrigger, due: Timestamp) -> Value {
    let time = due.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    if let Some(input) = &trigger.input {
        let input = input.replace("<aws.scheduler.scheduled-time>", &time);
        return serde_json::from_str(&input).unwrap_or(Value::String(input));
    }
    let (source, arn) = match trigger.scheduler {
        true => (
            "aws.scheduler",
            format!(
                "arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{}",
                trigger.id
            ),
        ),
        false => (
            "aws.events",
            format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{}", trigger.id),
        ),
    };
    json!({
        "version": "0",
        "id": uuid::Uuid::from_bytes(Entropy::system().bytes()),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": ACCOUNT,
        "time": time,
        "region": REGION,
        "resources": [arn],
        "detail": {},
    })
}

/// A moment that cron expressions are searched over: AWS reads them in UTC.
#[derive(Clone)]
struct Utc(Timestamp);

impl Utc {
    fn civil(&self) -> jiff::civil::DateTime {
        TimeZone::UTC.to_datetime(self.0)
    }
}

impl CronDateTime for Utc {
    fn to_civil(&self) -> CivilDateTime {
        let civil = self.civil();
        // jiff has checked these parts already.
        let date = CivilDate::from_parts_unchecked(
            civil.year().into(),
            civil.month() as u32,
            civil.day() as u32,
        );
        let time = (
            civil.hour() as u32,
            civil.minute() as u32,
            civil.second() as u32,
        );
        CivilDateTime::new(
            date,
            CivilTime::from_parts_unchecked(time.0, time.1, time.2),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        match self.civil().weekday() {
            jiff::civil::Weekday::Sunday => Weekday::Sunday,
            jiff::civil::Weekday::Monday => Weekday::Monday,
            jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
            jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
            jiff::civil::Weekday::Thursday => Weekday::Thursday,
            jiff::civil::Weekday::Friday => Weekday::Friday,
            jiff::civil::Weekday::Saturday => Weekday::Saturday,
        }
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let at = jiff::civil::datetime(
            civil.year() as i16,
            civil.month() as i8,
            civil.day() as i8,
            civil.hour() as i8,
            civil.minute() as i8,
            civil.second() as i8,
            0,
        );
        let at = TimeZone::UTC
            .to_timestamp(at)
            .map_err(|why| CronError::InvalidPattern(why.to_string()))?;
        Ok(Resolution::Single(Self(at)))
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0
            .checked_add(SignedDuration::from_secs(seconds))
            .ok()
            .map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(expression: &str, now: &str) -> String {
        let template = format!(
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: target/lambda/f\n      \
             Events:\n        E:\n          Type: ScheduleV2\n          Properties: {{ScheduleExpression: '{expression}'}}\n"
        );
        let document =
            crate::template::read(&crate::options::TemplateSource::Text(template)).unwrap();
        let template =
            crate::template::understand(&document, Default::default(), &Default::default())
                .unwrap();
        let crate::template::Trigger::Schedule(trigger) = &template.functions[0].triggers[0] else {
            panic!()
        };
        next(&trigger.schedule, now.parse().unwrap())
            .unwrap()
            .1
            .to_string()
    }

    #[test]
    fn schedules_are_read_as_aws_writes_them() {
        let friday = "2026-11-20T09:30:00Z";
        assert_eq!(due("rate(5 minutes)", friday), "2026-11-20T09:35:00Z");
        assert_eq!(due("rate(1 day)", friday), "2026-11-21T09:30:00Z");
        assert_eq!(due("cron(0 8 * * ? *)", friday), "2026-11-21T08:00:00Z");
        assert_eq!(
            due("cron(0 8 ? * MON-FRI *)", friday),
            "2026-11-23T08:00:00Z"
        );
        assert_eq!(due("cron(15 10 ? * 1 *)", friday), "2026-11-22T10:15:00Z");
        assert_eq!(due("cron(0 0 1 * ? *)", friday), "2026-12-01T00:00:00Z");
    }
}
