//! The WebSocket API: its parts refer to one another by logical ids.

use serde_json::{Value, json};

use super::model::{LiveRoute, Template};
use super::resolve::{Scope, text};
use super::resources::{invoked, last_part};

/// Reads one of its parts.
pub(super) fn read(
    scope: &Scope,
    id: &str,
    resource: &Value,
    into: &mut Template,
) -> Result<(), String> {
    let properties = scope.resolve(&resource["Properties"])?;
    let live = into.live.get_or_insert_default();
    match resource["Type"].as_str().unwrap_or_default() {
        "AWS::ApiGatewayV2::Api" if properties["ProtocolType"] != json!("WEBSOCKET") => {
            return Err(
                "the local cloud serves WebSocket APIs of this kind, and no others".to_owned(),
            );
        }
        "AWS::ApiGatewayV2::Integration" => {
            let function = properties["IntegrationUri"].as_str().and_then(invoked);
            live.integrations
                .insert(id.to_owned(), function.ok_or("calls no function")?);
        }
        "AWS::ApiGatewayV2::Route" => {
            let integration = last_part(&properties["Target"]);
            let answers = properties["RouteResponseSelectionExpression"] == json!("$default");
            live.routes.insert(
                text(&properties["RouteKey"]),
                LiveRoute {
                    integration,
                    answers,
                },
            );
        }
        "AWS::ApiGatewayV2::Stage" => live.stage = text(&properties["StageName"]),
        _ => {}
    }
    Ok(())
}
