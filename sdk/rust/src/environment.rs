//! What an author writes: an [`Environment`] and its [`Declaration`].

use crate::array::Element;
use crate::space::Space;
use crate::step::Step;
use crate::tape::Tape;
use crate::value::{Refusal, Value};

/// One instance of an environment. Two instances must not influence each other.
///
/// Before `step`, the SDK has refused what is outside the space or not legal, and lanes whose episode has not begun or
/// has ended. After a refusal of its own the environment must be as it was. A panic becomes `failed`: the instance is
/// thrown away. A clone is a snapshot, so it must hold all that later Steps depend on.
pub trait Environment: Clone + 'static {
    /// Says what the environment is.
    fn declaration() -> Declaration;

    /// Makes an instance that has not been reset.
    fn new() -> Self;

    /// Begins an episode and shows its Step 0. `options` is a map, mostly empty.
    fn reset(&mut self, seed: u64, options: &Value, step: &mut Step) -> Result<(), Refusal>;

    /// Takes one action and shows what follows.
    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal>;

    /// Takes on a state, as the field `state` shows it; called where the declaration says `loads`.
    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        let _ = (state, step);
        Err("this environment loads no states".into())
    }

    /// Returns the tape by which the environment draws, if it has one.
    fn tape(&mut self) -> Option<&mut Tape> {
        None
    }
}

/// A function of an environment that `call` reaches by name.
pub type Component = fn(&[Value]) -> Result<Value, Refusal>;

/// What an environment says of itself.
pub struct Declaration {
    pub(crate) actions: Space,
    pub(crate) agents: Vec<String>,
    pub(crate) fields: Vec<(String, Field)>,
    pub(crate) loads: bool,
    pub(crate) components: Vec<(String, Component)>,
}

impl Declaration {
    /// Declares an environment for a single agent.
    pub fn new(actions: Space) -> Self {
        Declaration { actions, agents: Vec::new(), fields: Vec::new(), loads: false, components: Vec::new() }
    }

    /// Declares an environment for several agents, each with its space.
    pub fn for_agents(agents: &[(&str, Space)]) -> Self {
        let spaces = agents.iter().map(|(agent, space)| ((*agent).to_owned(), space.clone()));
        let mut declaration = Declaration::new(Space::dict(spaces));
        declaration.agents = agents.iter().map(|(agent, _)| (*agent).to_owned()).collect();
        declaration
    }

    /// Adds a field, by the path of a leaf; in a pattern `[*]` stands for any index and `*` for any key.
    pub fn field(mut self, path: &str, field: Field) -> Self {
        self.fields.push((path.to_owned(), field));
        self
    }

    /// Says that `load` is there.
    pub fn loads(mut self) -> Self {
        self.loads = true;
        self
    }

    /// Adds a component.
    pub fn component(mut self, name: &str, function: Component) -> Self {
        self.components.push((name.to_owned(), function));
        self
    }

    pub(crate) fn capabilities(&self, has_tape: bool) -> Vec<&'static str> {
        let call = !self.components.is_empty();
        let offered = [("load", self.loads), ("snapshot", true), ("call", call), ("tape", has_tape)];
        offered.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
    }
}

/// What a leaf is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub(crate) kind: &'static str,
    pub(crate) dtype: &'static str,
    pub(crate) shape: Vec<u32>,
    pub(crate) optional: bool,
}

impl Field {
    fn scalar(kind: &'static str) -> Self {
        Field { kind, dtype: "", shape: Vec::new(), optional: false }
    }

    /// A bool.
    pub fn bool() -> Self {
        Field::scalar("bool")
    }

    /// An int.
    pub fn int() -> Self {
        Field::scalar("int")
    }

    /// A float.
    pub fn float() -> Self {
        Field::scalar("float")
    }

    /// A text.
    pub fn text() -> Self {
        Field::scalar("text")
    }

    /// An array of `T` and of this shape.
    pub fn array<T: Element>(shape: &[u32]) -> Self {
        Field { kind: "array", dtype: T::DTYPE.name(), shape: shape.to_vec(), optional: false }
    }

    /// Says that not every Step has it. (A reward, which Step 0 lacks, is not called optional for that.)
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// An environment under the name by which a program offers it.
pub struct Offer {
    pub(crate) name: &'static str,
    pub(crate) declaration: fn() -> Declaration,
    pub(crate) make: fn() -> Box<dyn Instance>,
}

/// Offers an environment under a name.
pub fn offer<E: Environment>(name: &'static str) -> Offer {
    Offer { name, declaration: E::declaration, make: || Box::new(E::new()) }
}

/// An [`Environment`] whose type is no longer known.
pub(crate) trait Instance {
    fn reset(&mut self, seed: u64, options: &Value, step: &mut Step) -> Result<(), Refusal>;
    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal>;
    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal>;
    fn tape(&mut self) -> Option<&mut Tape>;
    fn copy(&self) -> Box<dyn Instance>;
}

impl<E: Environment> Instance for E {
    fn reset(&mut self, seed: u64, options: &Value, step: &mut Step) -> Result<(), Refusal> {
        Environment::reset(self, seed, options, step)
    }

    fn step(&mut self, action: &Value, step: &mut Step) -> Result<(), Refusal> {
        Environment::step(self, action, step)
    }

    fn load(&mut self, state: &Value, step: &mut Step) -> Result<(), Refusal> {
        Environment::load(self, state, step)
    }

    fn tape(&mut self) -> Option<&mut Tape> {
        Environment::tape(self)
    }

    fn copy(&self) -> Box<dyn Instance> {
        Box::new(self.clone())
    }
}
