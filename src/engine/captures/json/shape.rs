//! What the values of a field are like over all records, and the Arrow type that keeps them all.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use indexmap::IndexMap;

use super::super::numbers::Numbers;
use super::super::{JSON_KEY, JSON_KINDS, JSON_MIXED, JSON_SCALARS};
use super::walk::{Elements, Entries, unescape};

/// The kinds of values that one field had. Nulls leave no trace, as every column may be null.
#[derive(Debug, Default)]
pub(super) struct Shape {
    bools: bool,
    texts: bool,
    numbers: Numbers,
    list: Option<Box<Shape>>,
    object: Option<ObjectShape>,
}

/// The fields of the objects at one place, in the order in which they first appeared.
#[derive(Debug, Default)]
pub(in super::super) struct ObjectShape {
    fields: IndexMap<Box<str>, FieldShape>,
    /// The fields of the object that is being observed; kept to reuse its memory.
    present: Vec<usize>,
}

#[derive(Debug, Default)]
struct FieldShape {
    shape: Shape,
    /// Where the value lies in the object that is being observed: of a repeated field, the last.
    value: Option<Range<usize>>,
}

impl ObjectShape {
    /// Notes one valid object, which starts with `{`.
    pub fn observe(&mut self, object: &str) {
        let mut guess = 0;
        for (raw_name, value) in Entries::new(object) {
            let field_idx = match self.fields.get_index(guess) {
                Some((name, _)) if **name == *raw_name => guess,
                Some(_) | None => self.field_idx(&unescape(raw_name)),
            };
            guess = field_idx + 1;
            if let Some((_, field)) = self.fields.get_index_mut(field_idx)
                && field.value.replace(value).is_none()
            {
                self.present.push(field_idx);
            }
        }
        for field_idx in self.present.drain(..) {
            if let Some((_, field)) = self.fields.get_index_mut(field_idx)
                && let Some(value) = field.value.take()
            {
                field.shape.observe(object.get(value).unwrap_or_default());
            }
        }
    }

    fn field_idx(&mut self, name: &str) -> usize {
        match self.fields.get_index_of(name) {
            Some(field_idx) => field_idx,
            None => self.fields.insert_full(name.into(), FieldShape::default()).0,
        }
    }

    /// Adds what was seen later, in another file.
    pub fn merge(&mut self, later: Self) {
        for (name, field) in later.fields {
            self.fields.entry(name).or_default().shape.merge(field.shape);
        }
    }

    pub fn arrow_fields(&self) -> Fields {
        self.fields(false)
    }

    fn fields(&self, in_list: bool) -> Fields {
        self.fields.iter().map(|(name, field)| field.shape.arrow_field(name, in_list)).collect()
    }
}

impl Shape {
    fn observe(&mut self, value: &str) {
        let bytes = value.as_bytes();
        match bytes.first() {
            Some(b'{') => self.object.get_or_insert_default().observe(value),
            Some(b'[') => {
                let items = self.list.get_or_insert_default();
                Elements::new(value).for_each(|item| items.observe(item));
            }
            Some(b'"') => self.texts = true,
            Some(b't' | b'f') => self.bools = true,
            Some(b'N' | b'I') => self.numbers.observe_special(),
            Some(b'-') if value == "-Infinity" => self.numbers.observe_special(),
            Some(b'-' | b'0'..=b'9') => match memchr::memchr3(b'.', b'e', b'E', bytes) {
                Some(_) => self.numbers.observe_float(value),
                None => self.numbers.observe_int(value),
            },
            Some(_) | None => {}
        }
    }

    fn merge(&mut self, later: Self) {
        self.bools |= later.bools;
        self.texts |= later.texts;
        self.numbers.merge(&later.numbers);
        if let Some(items) = later.list {
            self.list.get_or_insert_default().merge(*items);
        }
        if let Some(object) = later.object {
            self.object.get_or_insert_default().merge(object);
        }
    }

    /// Text that had several kinds says so in its metadata, but not within a list: those of its items are part of the
    /// list's type, and the engine loses them on the way.
    fn arrow_field(&self, name: &str, in_list: bool) -> Field {
        let field = Field::new(name, self.data_type(in_list), true);
        let kinds = self.kinds();
        if in_list || kinds.len() < 2 {
            return field;
        }
        let mark = if self.list.is_some() || self.object.is_some() { JSON_MIXED } else { JSON_SCALARS };
        let metadata = [(JSON_KEY, mark.to_owned()), (JSON_KINDS, kinds.join(", "))];
        field.with_metadata(metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    fn kinds(&self) -> Vec<&'static str> {
        let all = [
            (self.texts, "texts"),
            (self.numbers.any(), "numbers"),
            (self.bools, "bools"),
            (self.list.is_some(), "lists"),
            (self.object.is_some(), "objects"),
        ];
        all.into_iter().filter_map(|(had, kind)| had.then_some(kind)).collect()
    }

    /// The type of its only kind of values; text if there are several kinds, null if there is none.
    fn data_type(&self, in_list: bool) -> DataType {
        match (self.bools, self.texts, self.numbers.any(), &self.list, &self.object) {
            (false, false, false, None, None) => DataType::Null,
            (true, false, false, None, None) => DataType::Boolean,
            (false, false, true, None, None) => self.numbers.data_type_or_decimal(),
            (false, false, false, Some(items), None) => {
                DataType::List(Arc::new(items.arrow_field(Field::LIST_FIELD_DEFAULT_NAME, true)))
            }
            (false, false, false, None, Some(object)) => DataType::Struct(object.fields(in_list)),
            _ => DataType::Utf8,
        }
    }
}
