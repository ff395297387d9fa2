//! Answers as a bad day makes them.

use serde_json::{Map, Value, json};

/// Half of an answer.
pub fn half(answer: &[u8]) -> Vec<u8> {
    answer[..answer.len() / 2].to_vec()
}

/// The answer to a batch of messages of which none was taken.
pub fn refusal(request: &Value) -> Value {
    let entries = request["Entries"].as_array().into_iter().flatten();
    let failed =
        |entry: &Value| json!({ "Id": entry["Id"], "Code": "InternalError", "SenderFault": false });
    json!({ "Successful": [], "Failed": entries.map(failed).collect::<Vec<_>>() })
}

/// The answer to a query cut behind its first row. A count without rows stays as it is.
pub fn first_row(request: &Value, answer: &[u8]) -> Vec<u8> {
    let Ok(mut page) = serde_json::from_slice::<Value>(answer) else {
        return answer.to_vec();
    };
    let Some(first) = page["Items"]
        .as_array()
        .and_then(|items| items.first())
        .cloned()
    else {
        return answer.to_vec();
    };
    let key = key_of(request, &first);
    page["Items"] = json!([first]);
    (page["Count"], page["ScannedCount"]) = (json!(1), json!(1));
    page["LastEvaluatedKey"] = key.into();
    page.to_string().into_bytes()
}

/// Where a query goes on behind a row: the index's key, by the names in the request, and the table's.
fn key_of(request: &Value, row: &Value) -> Map<String, Value> {
    let named = request["ExpressionAttributeNames"]
        .as_object()
        .into_iter()
        .flat_map(Map::values);
    let of_index =
        named
            .filter_map(Value::as_str)
            .flat_map(|name| match name.strip_suffix("_pk") {
                Some(stem) => vec![name.to_owned(), format!("{stem}_sk")],
                None => vec![],
            });
    let names = of_index.chain(["pk".to_owned(), "sk".to_owned()]);
    names
        .filter_map(|name| Some((name.clone(), row.get(&name)?.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_behind_its_first_row_with_the_key_of_that() {
        let row = |n: &str| json!({ "pk": { "S": "p" }, "sk": { "S": n }, "bp_pk": { "S": "q" }, "bp_sk": { "S": n }, "a": { "N": "1" } });
        let request = json!({ "ExpressionAttributeNames": { "#p": "bp_pk" } });
        let whole =
            json!({ "Items": [row("1"), row("2")], "Count": 2, "ScannedCount": 2 }).to_string();
        let cut: Value = serde_json::from_slice(&first_row(&request, whole.as_bytes())).unwrap();
        let key = json!({ "pk": { "S": "p" }, "sk": { "S": "1" }, "bp_pk": { "S": "q" }, "bp_sk": { "S": "1" } });
        assert_eq!(
            cut,
            json!({ "Items": [row("1")], "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": key })
        );
        let none = json!({ "Items": [], "Count": 0 }).to_string();
        assert_eq!(first_row(&request, none.as_bytes()), none.as_bytes());
    }

    #[test]
    fn no_message_of_a_refused_batch_was_taken() {
        let refused = refusal(&json!({ "Entries": [{ "Id": "0" }, { "Id": "1" }] }));
        assert_eq!(
            (
                refused["Failed"].as_array().unwrap().len(),
                &refused["Successful"]
            ),
            (2, &json!([]))
        );
    }
}
