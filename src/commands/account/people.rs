//! `arkivd account tree`, `editors` and `comments`.

use std::io;

use serde_json::{Value, json};

use super::super::output::{Exit, Output, Table, one_line};
use super::super::{Context, Error};
use super::show::own_comment_json;
use crate::calendar::local_time;
use crate::catalog;
use crate::record::AccountId;
use crate::workflow::{self, Branch};

pub(super) fn tree(context: &Context, output: &Output) -> Result<Exit, Error> {
    let roots = workflow::tree(&context.read()?)?;
    let data = json!({ "accounts": roots.iter().map(as_json).collect::<Vec<_>>() });
    output.report(&data, &[], |out| {
        for root in &roots {
            writeln!(out, "{}", told(root))?;
            write_below(root, "", out)?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn as_json(branch: &Branch) -> Value {
    let a = &branch.account;
    json!({ "id": a.id, "name": branch.name, "platform": a.platform, "committee": a.committee,
            "closed": branch.closed, "below": branch.below.iter().map(as_json).collect::<Vec<_>>() })
}

fn told(branch: &Branch) -> String {
    let a = &branch.account;
    let name = match &branch.name {
        Some(name) => format!(" {}", one_line(name)),
        None => String::new(),
    };
    let closed = match branch.closed {
        Some(day) => format!(", closed {day}"),
        None => String::new(),
    };
    format!(
        "{}{name} ({}, {}{closed})",
        a.id,
        a.platform,
        one_line(&a.committee)
    )
}

fn write_below(branch: &Branch, indent: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let last = branch.below.len().saturating_sub(1);
    for (at, under) in branch.below.iter().enumerate() {
        let (bough, next) = match at == last {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        writeln!(out, "{indent}{bough}{}", told(under))?;
        write_below(under, &format!("{indent}{next}"), out)?;
    }
    Ok(())
}

pub(super) fn editors(context: &Context, output: &Output) -> Result<Exit, Error> {
    let all = workflow::editors(&context.read()?, &context.around)?;
    let editors: Vec<Value> = all
        .iter()
        .map(|editor| {
            let posts = editor.posts.iter().map(|(account, committee, post)| {
                json!({ "account": account, "committee": committee, "post": post.as_str() })
            });
            json!({ "name": editor.name, "posts": posts.collect::<Vec<_>>() })
        })
        .collect();
    output.report(&json!({ "editors": editors }), &[], |out| {
        let mut table = Table::new(&["name", "account", "is", "committee"]);
        for editor in &all {
            for (account, committee, post) in &editor.posts {
                table.row([
                    editor.name.clone(),
                    account.to_string(),
                    post.as_str().to_owned(),
                    committee.clone(),
                ]);
            }
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}

pub(super) fn comments(
    id: Option<&AccountId>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    if let Some(id) = id
        && archive.catalog().account(id)?.is_none()
    {
        return Err(catalog::Error::NoAccount(id.clone()).into());
    }
    let all = archive.catalog().own_comments(id)?;
    let data = json!({ "own_comments": all.iter().map(own_comment_json).collect::<Vec<_>>() });
    output.report(&data, &[], |out| {
        let mut table = Table::new(&["captured", "account", "outcome", "address"]);
        for c in &all {
            table.row([
                local_time(c.captured),
                c.account.to_string(),
                c.outcome.to_string(),
                c.address.clone(),
            ]);
        }
        table.write(out)
    })?;
    if all.is_empty() {
        output.hint("a comment on the account of another is captured with: arkivd snapshot --url URL --account ID --own-comment");
    }
    Ok(Exit::Done)
}
