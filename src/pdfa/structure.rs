//! The structure tree in the file: elements, their content and links, and the way back (ISO 32000-1, 14.7).

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::embed::text_string;
use super::tags::{Kid, Numbering, Placed, Tag, Tree};

/// Children of one node of a number tree.
const BRANCH: usize = 128;

/// A page as the structure tree meets it.
pub struct Marked {
    pub id: ObjectId,
    /// The element of each marked content, by its number.
    pub marks: Vec<usize>,
    /// Annotations of links, each with its element.
    pub links: Vec<(ObjectId, usize)>,
}

/// Writes the tree and names it in the catalog.
pub fn write(doc: &mut Document, mut tree: Tree, mut pages: Vec<Marked>) {
    tree.balance(|page, mark, owner| {
        let marks = pages.get_mut(page).map(|p| &mut p.marks);
        if let Some(known) = marks.and_then(|m| m.get_mut(mark)) {
            *known = owner;
        }
    });
    let root = doc.new_object_id();
    let ids: Vec<ObjectId> = tree.elements.iter().map(|_| doc.new_object_id()).collect();
    for (element, id) in tree.elements.into_iter().zip(&ids) {
        let object = dictionary(element, root, &ids, &pages);
        doc.objects.insert(*id, object.into());
    }
    let (parents, next) = parent_tree(doc, &pages, &ids);
    let mut top = Dictionary::from_iter([
        ("Type", Object::from("StructTreeRoot")),
        ("ParentTree", parents.into()),
        ("ParentTreeNextKey", next.into()),
    ]);
    if let Some(document) = ids.first() {
        top.set("K", *document);
    }
    doc.objects.insert(root, top.into());
    if let Ok(catalog) = doc.catalog_mut() {
        catalog.set("StructTreeRoot", root);
        catalog.set(
            "MarkInfo",
            Dictionary::from_iter([("Marked", Object::from(true))]),
        );
    }
}

fn dictionary(element: Placed, root: ObjectId, ids: &[ObjectId], pages: &[Marked]) -> Dictionary {
    let parent = element.parent.and_then(|p| ids.get(p)).unwrap_or(&root);
    let mut out = Dictionary::from_iter([
        ("S", Object::from(element.tag.name())),
        ("P", (*parent).into()),
    ]);
    let home = element.kids.iter().find_map(|kid| match kid {
        Kid::Content { page, .. } | Kid::Annotation { page, .. } => Some(*page),
        Kid::Element(_) => None,
    });
    if let Some(page) = home.and_then(|p| pages.get(p)) {
        out.set("Pg", page.id);
    }
    let mut kids: Vec<Object> = element
        .kids
        .iter()
        .filter_map(|kid| child(*kid, home, ids, pages))
        .collect();
    match kids.len() {
        0 => {}
        1 => out.set("K", kids.remove(0)),
        _ => out.set("K", kids),
    }
    if let Some(alt) = &element.alt {
        out.set("Alt", text_string(alt));
    }
    if let Some(language) = &element.language {
        out.set("Lang", Object::string_literal(&**language));
    }
    if let Some(attributes) = attributes(element.tag, element.bounds) {
        out.set("A", attributes);
    }
    out
}

fn child(kid: Kid, home: Option<usize>, ids: &[ObjectId], pages: &[Marked]) -> Option<Object> {
    match kid {
        Kid::Element(index) => ids.get(index).map(|id| (*id).into()),
        Kid::Content { page, mark } => {
            let mark = Object::from(i64::try_from(mark).ok()?);
            if home == Some(page) {
                return Some(mark);
            }
            let page = pages.get(page)?;
            Some(
                Dictionary::from_iter([
                    ("Type", Object::from("MCR")),
                    ("Pg", page.id.into()),
                    ("MCID", mark),
                ])
                .into(),
            )
        }
        Kid::Annotation { page, link } => {
            let page = pages.get(page)?;
            let (annotation, _) = page.links.get(link)?;
            Some(
                Dictionary::from_iter([
                    ("Type", Object::from("OBJR")),
                    ("Pg", page.id.into()),
                    ("Obj", (*annotation).into()),
                ])
                .into(),
            )
        }
    }
}

fn attributes(tag: Tag, bounds: Option<[f32; 4]>) -> Option<Dictionary> {
    let of = |owner: &str, key: &str, value: Object| {
        let owner = Object::Name(owner.as_bytes().to_vec());
        Some(Dictionary::from_iter([("O", owner), (key, value)]))
    };
    match tag {
        Tag::ColumnHead => of("Table", "Scope", "Column".into()),
        Tag::RowHead => of("Table", "Scope", "Row".into()),
        Tag::List(Numbering::Decimal) => of("List", "ListNumbering", "Decimal".into()),
        Tag::List(Numbering::Disc) => of("List", "ListNumbering", "Disc".into()),
        Tag::Figure => {
            let bounds = bounds?.map(|v| Object::Real((v * 100.0).round() / 100.0));
            let mut layout = of("Layout", "BBox", Object::Array(bounds.into()))?;
            layout.set("Placement", "Block");
            Some(layout)
        }
        _ => None,
    }
}

/// From pages (by `StructParents`) and links (by `StructParent`) back to elements: pages come first.
/// Gives the tree and the first key that is free.
fn parent_tree(doc: &mut Document, pages: &[Marked], ids: &[ObjectId]) -> (ObjectId, i64) {
    let mut entries: Vec<Object> = Vec::new();
    for page in pages {
        let owners = page.marks.iter().map(|owner| {
            ids.get(*owner)
                .map_or(Object::Null, |id| Object::Reference(*id))
        });
        let owners = Object::Array(owners.collect());
        entries.push(doc.add_object(owners).into());
    }
    for (_, owner) in pages.iter().flat_map(|p| &p.links) {
        entries.push(ids.get(*owner).map_or(Object::Null, |id| (*id).into()));
    }
    let next = entries.len() as i64;
    // Each level: a node with the first and last key below it.
    let mut level: Vec<(ObjectId, i64, i64)> = Vec::new();
    let mut key = 0_i64;
    let single = entries.len() <= BRANCH;
    for some in entries.chunks(BRANCH) {
        let first = key;
        let mut numbers = Vec::with_capacity(some.len() * 2);
        for entry in some {
            numbers.extend([key.into(), entry.clone()]);
            key += 1;
        }
        let mut node = Dictionary::from_iter([("Nums", Object::Array(numbers))]);
        if !single {
            node.set("Limits", vec![first.into(), (key - 1).into()]);
        }
        level.push((doc.add_object(node), first, key - 1));
    }
    while level.len() > 1 {
        let top = level.len() <= BRANCH;
        let below = std::mem::take(&mut level);
        for some in below.chunks(BRANCH) {
            let kids = some.iter().map(|(id, _, _)| (*id).into()).collect();
            let mut node = Dictionary::from_iter([("Kids", Object::Array(kids))]);
            let first = some.first().map_or(0, |n| n.1);
            let last = some.last().map_or(0, |n| n.2);
            if !top {
                node.set("Limits", vec![first.into(), last.into()]);
            }
            level.push((doc.add_object(node), first, last));
        }
    }
    let root = level.first().map(|(id, _, _)| *id);
    let root = root.unwrap_or_else(|| {
        let empty = Dictionary::from_iter([("Nums", Object::Array(Vec::new()))]);
        doc.add_object(empty)
    });
    (root, next)
}
