//! Scripts in a world of their own, in every frame of a session: the page cannot change what they call.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::browser::Error;
use crate::browser::cdp::Session;

const SCRIPTS: [&str; 11] = [
    include_str!("base.js"),
    include_str!("consent.js"),
    include_str!("reveal.js"),
    include_str!("scroll.js"),
    include_str!("stay.js"),
    include_str!("expand.js"),
    include_str!("lazy.js"),
    include_str!("still.js"),
    include_str!("open.js"),
    include_str!("unfix.js"),
    include_str!("../survey/survey.js"),
];
/// What each document is given before its own scripts, for [`NAME`]: who listens first cannot be kept from hearing.
pub(in crate::browser) const FIRST: &str = include_str!("first.js");
pub(in crate::browser) const NAME: &str = "arkivd";
/// Frames of one session that are looked into.
const FRAMES: usize = 64;
/// For a call that waits for nothing.
const AT_ONCE: Duration = Duration::from_secs(10);

/// One frame as the scripts see it.
#[derive(Debug, Clone)]
pub(in crate::browser) struct World {
    session: Session,
    context: i64,
    /// Its id, which the page that holds it knows too.
    frame: String,
    /// The main frame of its session.
    pub main: bool,
}

/// What became of one call.
#[derive(Debug)]
pub(in crate::browser) enum Told<T> {
    Yes(T),
    /// The document it was asked of is no more.
    Left,
}

impl World {
    /// Of every frame that lives in this session, its main one first.
    pub async fn of(session: &Session) -> Result<Vec<Self>, Error> {
        let tree = session.call_within("Page.getFrameTree", json!({}), AT_ONCE);
        let tree = tree.await?;
        let mut worlds = Vec::new();
        for (n, frame) in frames(&tree).into_iter().enumerate() {
            match Self::make(session, &frame, n == 0).await {
                Ok(world) => worlds.push(world),
                // A frame that went away meanwhile.
                Err(Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(worlds)
    }

    async fn make(session: &Session, frame: &str, main: bool) -> Result<Self, Error> {
        let method = "Page.createIsolatedWorld";
        let made = json!({"frameId": frame, "worldName": NAME});
        let made = session.call_within(method, made, AT_ONCE).await?;
        let context = made.get("executionContextId").and_then(Value::as_i64);
        let context = context.ok_or_else(|| missing(method, "executionContextId"))?;
        let world = Self {
            session: session.clone(),
            context,
            frame: frame.to_owned(),
            main,
        };
        // A world of this name may be there from before; what a page names like this is not its own.
        let scripts = SCRIPTS.concat();
        let scripts = format!("if (!Object.hasOwn(globalThis, 'arkivd')) {{ {scripts} }}");
        let set = world.evaluate(&format!("{scripts} true"), AT_ONCE).await?;
        match set {
            Some(Value::Bool(true)) => Ok(world),
            _ => Err(Error::Refused {
                method: method.to_owned(),
                code: 0,
                message: "the frame went away".to_owned(),
            }),
        }
    }

    /// Calls `arkivd.NAME(arguments)`, which may take `extra` besides what any call may.
    pub async fn call<T: DeserializeOwned>(
        &self,
        name: &str,
        arguments: &impl Serialize,
        extra: Duration,
    ) -> Result<Told<T>, Error> {
        let malformed = |source| Error::Malformed {
            method: format!("arkivd.{name}"),
            source,
        };
        let arguments = serde_json::to_string(arguments).map_err(malformed)?;
        let expression = format!("arkivd.{name}({arguments})");
        match self.evaluate(&expression, AT_ONCE + extra).await? {
            Some(value) => Ok(Told::Yes(serde_json::from_value(value).map_err(malformed)?)),
            None => Ok(Told::Left),
        }
    }

    /// Shows the scripts what stands in closed shadow roots: the browser alone tells of them.
    pub async fn open_shadows(&self) -> Result<(), Error> {
        let group = json!("arkivd");
        let call = |method, params| self.session.call_within(method, params, AT_ONCE);
        let asked = json!({"expression": "arkivd.hosts()", "contextId": self.context, "objectGroup": group});
        let hosts = call("Runtime.evaluate", asked).await?;
        let Some(hosts) = hosts.pointer("/result/objectId") else {
            return Ok(());
        };
        let asked = json!({"objectId": hosts, "ownProperties": true});
        let hosts = call("Runtime.getProperties", asked).await?;
        let hosts = hosts.get("result").and_then(Value::as_array);
        for host in hosts.into_iter().flatten() {
            let Some(host) = host.pointer("/value/objectId") else {
                continue;
            };
            let told = call("DOM.describeNode", json!({"objectId": host})).await?;
            let roots = told.pointer("/node/shadowRoots").and_then(Value::as_array);
            for root in roots.into_iter().flatten() {
                let is_closed =
                    root.get("shadowRootType").and_then(Value::as_str) == Some("closed");
                let Some(id) = root.get("backendNodeId").filter(|_| is_closed) else {
                    continue;
                };
                let asked = json!({"backendNodeId": id, "executionContextId": self.context, "objectGroup": group});
                let root = call("DOM.resolveNode", asked).await?;
                let take = "function() { arkivd.take(this) }";
                let root = root.pointer("/object/objectId");
                let taken = json!({"objectId": root, "functionDeclaration": take});
                call("Runtime.callFunctionOn", taken).await?;
            }
        }
        call("Runtime.releaseObjectGroup", json!({"objectGroup": group})).await?;
        Ok(())
    }

    /// Makes the element that holds `inner` in this document so high; what the script said of it.
    pub async fn taller(&self, inner: &Self, height: f64) -> Result<Option<String>, Error> {
        let call = |method, params| self.session.call_within(method, params, AT_ONCE);
        let owner = call("DOM.getFrameOwner", json!({"frameId": inner.frame})).await?;
        let node = owner.get("backendNodeId");
        let asked = json!({"backendNodeId": node, "executionContextId": self.context, "objectGroup": "arkivd"});
        let owner = call("DOM.resolveNode", asked).await?;
        let owner = owner.pointer("/object/objectId");
        let set = "function(height) { return arkivd.taller(this, height) }";
        let asked = json!({
            "objectId": owner, "functionDeclaration": set, "arguments": [{"value": height}], "returnByValue": true,
        });
        let told = call("Runtime.callFunctionOn", asked).await?;
        let said = told.pointer("/result/value").and_then(Value::as_str);
        Ok(said.map(str::to_owned))
    }

    /// `None` when its document is gone.
    async fn evaluate(&self, expression: &str, time: Duration) -> Result<Option<Value>, Error> {
        let method = "Runtime.evaluate";
        let asked = json!({
            "expression": expression, "contextId": self.context,
            "awaitPromise": true, "returnByValue": true, "silent": true,
        });
        let answer = match self.session.call_within(method, asked, time).await {
            Err(Error::Refused { message, .. }) if is_left(&message) => return Ok(None),
            answer => answer?,
        };
        if let Some(exception) = answer.get("exceptionDetails") {
            let said = exception.pointer("/exception/description");
            let said = said
                .or_else(|| exception.get("text"))
                .and_then(Value::as_str);
            let said = said.unwrap_or("an exception");
            return Err(Error::Refused {
                method: method.to_owned(),
                code: 0,
                message: said.chars().take(300).collect(),
            });
        }
        Ok(Some(
            answer.pointer("/result/value").cloned().unwrap_or_default(),
        ))
    }
}

fn is_left(message: &str) -> bool {
    [
        "Cannot find context",
        "Execution context was destroyed",
        "Inspected target navigated",
        "uniqueContextId not found",
        "Promise was collected",
    ]
    .iter()
    .any(|said| message.contains(said))
}

fn missing(method: &str, key: &str) -> Error {
    Error::Malformed {
        method: method.to_owned(),
        source: serde::de::Error::custom(format!("{key} is missing")),
    }
}

/// Ids of the frames, the main one first.
fn frames(tree: &Value) -> Vec<String> {
    let mut waiting: Vec<&Value> = tree.get("frameTree").into_iter().collect();
    let mut found = Vec::new();
    while let Some(one) = waiting.pop() {
        if found.len() == FRAMES {
            break;
        }
        let id = one.pointer("/frame/id").and_then(Value::as_str);
        found.extend(id.map(str::to_owned));
        let inner = one.get("childFrames").and_then(Value::as_array);
        waiting.extend(inner.into_iter().flatten().take(FRAMES));
    }
    found
}
