//! Columns: one leaf of N Steps or actions, row by row.

use crate::array::{Array, Dtype, Element, dtype_of, shape_of, write_header};
use crate::limits::DIMENSIONS_MAX;
use crate::path::{Segment, read_path, unflatten};
use crate::value::{Leaf, Value};
use crate::wire::Frame;

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Bool,
    Int,
    UInt,
    Float,
    /// The header that every row's array has.
    Array(Vec<u8>),
    Ragged,
}

/// One leaf over `rows` rows: typed rows lie in `data` one behind another, others in `ragged`.
#[derive(Debug)]
pub(crate) struct Column {
    form: Form,
    rows: usize,
    data: Vec<u8>,
    ragged: Vec<Value>,
    /// Which rows have the leaf; `None` where all do.
    present: Option<Vec<bool>>,
}

impl Column {
    /// Makes an empty column of the form that suits its first leaf.
    pub(crate) fn for_leaf(leaf: Leaf) -> Column {
        let form = match leaf {
            Leaf::Bool(_) => Form::Bool,
            Leaf::Int(value) if i64::try_from(value).is_ok() => Form::Int,
            Leaf::Int(_) => Form::UInt,
            Leaf::Float(_) => Form::Float,
            // A column has one dimension more than its rows.
            Leaf::Array(header, _) if shape_of(header).count() < DIMENSIONS_MAX => Form::Array(header.to_vec()),
            _ => Form::Ragged,
        };
        Column { form, rows: 0, data: Vec::new(), ragged: Vec::new(), present: None }
    }

    /// Makes an empty column for digests, which are uint64 even where int64 would do.
    pub(crate) fn for_digests() -> Column {
        Column { form: Form::UInt, ..Column::for_leaf(Leaf::Int(0)) }
    }

    /// Sets the leaf of a row behind all that were set; the rows between have none.
    pub(crate) fn push(&mut self, row: usize, leaf: Leaf) {
        self.pad(row);
        match (&self.form, leaf) {
            (Form::Bool, Leaf::Bool(value)) => value.write(&mut self.data),
            (Form::Int, Leaf::Int(value)) if i64::try_from(value).is_ok() => (value as i64).write(&mut self.data),
            (Form::UInt, Leaf::Int(value)) if value >= 0 => (value as u64).write(&mut self.data),
            (Form::Int, Leaf::Int(value)) if !self.holds_negative() => {
                self.form = Form::UInt;
                (value as u64).write(&mut self.data);
            }
            (Form::Float, Leaf::Float(value)) => value.write(&mut self.data),
            (Form::Array(own), Leaf::Array(header, data)) if own == header => self.data.extend_from_slice(data),
            _ => {
                self.loosen();
                self.ragged.push(leaf.to_value());
            }
        }
        self.rows += 1;
        if let Some(present) = &mut self.present {
            present.push(true);
        }
    }

    fn holds_negative(&self) -> bool {
        self.data.chunks_exact(8).any(|bytes| i64::read(bytes) < 0)
    }

    /// Lets the column end at `rows`, the new ones without a leaf.
    fn pad(&mut self, rows: usize) {
        if rows == self.rows {
            return;
        }
        let present = self.present.get_or_insert_with(|| vec![true; self.rows]);
        present.resize(rows, false);
        match self.width() {
            Some(width) => self.data.resize(rows * width, 0),
            None => self.ragged.resize(rows, Value::Nil),
        }
        self.rows = rows;
    }

    /// Returns the bytes of one row, `None` where the column is ragged.
    fn width(&self) -> Option<usize> {
        match &self.form {
            Form::Bool => Some(1),
            Form::Int | Form::UInt | Form::Float => Some(8),
            Form::Array(header) => {
                let count: usize = shape_of(header).map(|length| length as usize).product();
                Some(count * dtype_of(header).size())
            }
            Form::Ragged => None,
        }
    }

    fn loosen(&mut self) {
        if self.form != Form::Ragged {
            let rows = (0..self.rows).map(|row| self.leaf(row).map_or(Value::Nil, Leaf::to_value));
            self.ragged = rows.collect();
            self.form = Form::Ragged;
            self.data = Vec::new();
        }
    }

    fn has(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|present| present[row])
    }

    /// Returns the leaf of a row, `None` where it has none.
    pub(crate) fn leaf(&self, row: usize) -> Option<Leaf<'_>> {
        if !self.has(row) {
            return None;
        }
        let Some(width) = self.width() else {
            return self.ragged[row].leaf();
        };
        let bytes = &self.data[row * width..][..width];
        Some(match &self.form {
            Form::Bool => Leaf::Bool(bool::read(bytes)),
            Form::Int => Leaf::Int(i64::read(bytes).into()),
            Form::UInt => Leaf::Int(u64::read(bytes).into()),
            Form::Float => Leaf::Float(f64::read(bytes)),
            Form::Array(header) => Leaf::Array(header, bytes),
            Form::Ragged => unreachable!("a ragged column has no width"),
        })
    }

    /// Writes the column, lengthened to `rows` rows.
    pub(crate) fn write(&mut self, frame: &mut Frame, rows: usize) {
        self.pad(rows);
        frame.list(3);
        let (dtype, below) = match &self.form {
            Form::Bool => (Dtype::Bool, None),
            Form::Int => (Dtype::Int64, None),
            Form::UInt => (Dtype::UInt64, None),
            Form::Float => (Dtype::Float64, None),
            Form::Array(header) => (dtype_of(header), Some(header)),
            Form::Ragged => {
                frame.text("ragged");
                frame.list(rows);
                self.ragged.iter().for_each(|value| frame.value(value));
                return self.write_present(frame);
            }
        };
        frame.text(if below.is_some() { "array" } else { "scalar" });
        let shape: Vec<u32> = [rows as u32].into_iter().chain(below.into_iter().flat_map(|h| shape_of(h))).collect();
        let mut header = Vec::new();
        write_header(&mut header, dtype, &shape);
        frame.array(&header, &self.data);
        self.write_present(frame);
    }

    fn write_present(&self, frame: &mut Frame) {
        match &self.present {
            None => frame.nil(),
            Some(present) => {
                let mask = Array::new(&[present.len() as u32], present);
                frame.array(mask.header(), mask.data());
            }
        }
    }

    /// Reads a column of `rows` rows.
    fn read(value: &Value, rows: usize) -> Result<Column, String> {
        let Value::List(parts) = value else {
            return Err("a column is a list".into());
        };
        let [Value::Text(form), values, present] = parts.as_slice() else {
            return Err("a column is a list [form, values, present]".into());
        };
        let present = match present {
            Value::Nil => None,
            Value::Array(mask) if mask.shape() == [rows as u32] => mask.elements(),
            _ => return Err(format!("the third part of a column is nil or an array bool[{rows}]")),
        };
        let mut column = Column { form: Form::Ragged, rows, data: Vec::new(), ragged: Vec::new(), present };
        match (form.as_str(), values) {
            ("ragged", Value::List(leaves)) if leaves.len() == rows => {
                if leaves.iter().any(|leaf| leaf.leaf().is_none()) {
                    return Err("a list or map that is not empty is no leaf".into());
                }
                column.ragged = leaves.clone();
            }
            ("scalar", Value::Array(array)) if array.shape() == [rows as u32] => {
                column.form = match array.dtype() {
                    Dtype::Bool => Form::Bool,
                    Dtype::Int64 => Form::Int,
                    Dtype::UInt64 => Form::UInt,
                    Dtype::Float64 => Form::Float,
                    other => return Err(format!("a scalar column of dtype {}", other.name())),
                };
                column.data = array.data().to_vec();
            }
            ("array", Value::Array(array)) if array.shape().len() > 1 && array.shape()[0] as usize == rows => {
                let mut header = Vec::new();
                write_header(&mut header, array.dtype(), &array.shape()[1..]);
                column.form = Form::Array(header);
                column.data = array.data().to_vec();
            }
            _ => return Err(format!("a column that is no scalar, array or ragged one of {rows} rows")),
        }
        Ok(column)
    }
}

/// The actions of an episode, as they came: columns over `count` rows.
pub(crate) struct Actions {
    columns: Vec<(Vec<Segment>, Column)>,
    pub(crate) count: usize,
}

impl Actions {
    pub(crate) fn read(columns: &Value, count: usize) -> Result<Actions, String> {
        let Value::Map(pairs) = columns else {
            return Err("`actions` is a map of path to column".into());
        };
        let mut read = Vec::with_capacity(pairs.len());
        for (path, column) in pairs {
            let segments = read_path(path)?;
            let column = Column::read(column, count).map_err(|words| format!("column {path:?}: {words}"))?;
            read.push((segments, column));
        }
        let has_leaf = |row| read.iter().any(|(_, column)| column.has(row));
        match (0..count).find(|&row| !has_leaf(row)) {
            None => Ok(Actions { columns: read, count }),
            Some(row) => Err(format!("actions: row {row} has no value")),
        }
    }

    /// Returns the action of a row; `None` where its leaves make no tree.
    pub(crate) fn get(&self, row: usize) -> Option<Value> {
        if let [(segments, column)] = self.columns.as_slice()
            && segments.is_empty()
        {
            return column.leaf(row).map(Leaf::to_value);
        }
        let leaves = self.columns.iter().filter_map(|(path, column)| Some((path.as_slice(), column.leaf(row)?)));
        unflatten(&leaves.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::decode_frame;

    /// Writes leaves (`None`: no leaf) as a column and reads it back: the form and the leaves.
    fn travel(leaves: &[Option<Value>]) -> (String, Vec<Option<Value>>) {
        let first = leaves.iter().flatten().next().and_then(Value::leaf);
        let mut column = Column::for_leaf(first.expect("a leaf"));
        for (row, leaf) in leaves.iter().enumerate() {
            if let Some(value) = leaf {
                column.push(row, value.leaf().expect("a leaf"));
            }
        }
        let mut frame = Frame::new("column", 1);
        frame.text("column");
        column.write(&mut frame, leaves.len());
        let message = decode_frame(&frame.finish()[4..]).expect("a frame");
        let form = message.list("column").expect("a list")[0].clone();
        let back = Column::read(message.get("column").expect("a column"), leaves.len()).expect("a column");
        let Value::Text(form) = form else { panic!("a form is a text") };
        (form, (0..leaves.len()).map(|row| back.leaf(row).map(Leaf::to_value)).collect())
    }

    #[test]
    fn leaves_come_back_from_every_form() {
        let ints = |numbers: &[i128]| numbers.iter().map(|&n| Some(Value::Int(n))).collect::<Vec<_>>();
        let big = u64::MAX as i128;
        let array = |shape: &[u32]| Some(Value::Array(Array::new(shape, &[1f32, -0.0])));
        let cases = [
            ("scalar", ints(&[1, -2, 3])),
            ("scalar", ints(&[1, big, 3])),
            ("scalar", ints(&[big, 0])),
            ("ragged", ints(&[-1, big])),
            ("ragged", ints(&[big, -1])),
            ("scalar", vec![None, Some(Value::Bool(true)), None, Some(Value::Bool(false)), None]),
            ("scalar", vec![Some(Value::Float(-0.0)), None]),
            ("ragged", vec![Some(Value::Float(1.0)), None, Some(Value::Int(1))]),
            ("array", vec![array(&[2]), None, array(&[2])]),
            ("ragged", vec![array(&[2]), array(&[1, 2])]),
            ("ragged", vec![array(&[2, 1, 1, 1, 1, 1, 1, 1])]),
            ("ragged", vec![Some(Value::Text("a".into())), Some(Value::Nil), None, Some(Value::Map(vec![]))]),
        ];
        for (form, leaves) in cases {
            assert_eq!(travel(&leaves), (form.to_owned(), leaves));
        }
    }
}
