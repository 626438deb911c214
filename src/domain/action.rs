//! Logon types, and sets of audit actions as bit sets over the catalogue.

use std::ops::{BitAnd, BitOr, BitOrAssign, Index, IndexMut, Sub};

use enumset::EnumSetType;
use serde::{Deserialize, Serialize};

/// As whom somebody opened the mailbox. Exchange keeps one list of audited actions for each.
#[derive(Debug, PartialOrd, Ord, Hash, EnumSetType, Serialize, Deserialize)]
pub enum LogonType {
    /// eDiscovery, content search and the MAPI editor. An administrator with full access is a delegate.
    Admin,
    /// Anybody with a permission on the mailbox of somebody else.
    Delegate,
    /// The account that the mailbox belongs to.
    Owner,
}

impl LogonType {
    /// All of them, in the order in which Exchange prints them.
    pub const ALL: [LogonType; 3] = [LogonType::Admin, LogonType::Delegate, LogonType::Owner];

    /// The name, as Exchange spells it.
    pub const fn name(self) -> &'static str {
        match self {
            LogonType::Admin => "Admin",
            LogonType::Delegate => "Delegate",
            LogonType::Owner => "Owner",
        }
    }

    /// The logon type of that name, without regard to case.
    pub fn from_name(name: &str) -> Option<LogonType> {
        LogonType::ALL.into_iter().find(|logon| logon.name().eq_ignore_ascii_case(name))
    }
}

/// One value for each logon type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
pub struct PerLogonType<T> {
    /// The value for [`LogonType::Admin`].
    pub admin: T,
    /// The value for [`LogonType::Delegate`].
    pub delegate: T,
    /// The value for [`LogonType::Owner`].
    pub owner: T,
}

impl<T> PerLogonType<T> {
    /// Asks `make` for the value of each logon type.
    pub fn from_fn(mut make: impl FnMut(LogonType) -> T) -> Self {
        PerLogonType {
            admin: make(LogonType::Admin),
            delegate: make(LogonType::Delegate),
            owner: make(LogonType::Owner),
        }
    }

    /// The three values with their logon types.
    pub fn iter(&self) -> impl Iterator<Item = (LogonType, &T)> {
        LogonType::ALL.into_iter().map(|logon| (logon, &self[logon]))
    }
}

impl<T> Index<LogonType> for PerLogonType<T> {
    type Output = T;

    fn index(&self, logon: LogonType) -> &T {
        match logon {
            LogonType::Admin => &self.admin,
            LogonType::Delegate => &self.delegate,
            LogonType::Owner => &self.owner,
        }
    }
}

impl<T> IndexMut<LogonType> for PerLogonType<T> {
    fn index_mut(&mut self, logon: LogonType) -> &mut T {
        match logon {
            LogonType::Admin => &mut self.admin,
            LogonType::Delegate => &mut self.delegate,
            LogonType::Owner => &mut self.owner,
        }
    }
}

impl PerLogonType<ActionSet> {
    /// Whether all three sets are empty.
    pub fn is_empty(&self) -> bool {
        self.union().is_empty()
    }

    /// What is in any of the three.
    pub fn union(&self) -> ActionSet {
        self.admin | self.delegate | self.owner
    }
}

/// The place of an action in a [`Catalog`](super::catalog::Catalog): less than [`ActionSet::CAPACITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(u8);

impl ActionId {
    /// The action at that place, if a set can hold it.
    pub fn new(index: usize) -> Option<ActionId> {
        u8::try_from(index).ok().filter(|id| u32::from(*id) < ActionSet::CAPACITY).map(ActionId)
    }

    /// Its place.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A set of actions of one catalogue: one bit an action, so that a difference is one instruction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ActionSet(u64);

impl ActionSet {
    /// No action.
    pub const EMPTY: ActionSet = ActionSet(0);
    /// How many actions a catalogue may have.
    pub const CAPACITY: u32 = u64::BITS;

    /// The set as a mask: bit `n` is the catalogue's action `n`.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set of that mask.
    pub const fn from_bits(bits: u64) -> ActionSet {
        ActionSet(bits)
    }

    /// Adds an action.
    pub fn insert(&mut self, id: ActionId) {
        self.0 |= 1 << id.0;
    }

    /// Whether the action is in the set.
    pub const fn contains(self, id: ActionId) -> bool {
        self.0 & (1 << id.0) != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many actions are in the set.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The actions in the catalogue's order.
    pub fn iter(self) -> impl Iterator<Item = ActionId> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let next = u8::try_from(rest.trailing_zeros()).ok().filter(|_| rest != 0)?;
            rest &= rest - 1;
            Some(ActionId(next))
        })
    }
}

impl FromIterator<ActionId> for ActionSet {
    fn from_iter<I: IntoIterator<Item = ActionId>>(ids: I) -> Self {
        let mut set = ActionSet::EMPTY;
        ids.into_iter().for_each(|id| set.insert(id));
        set
    }
}

impl BitOr for ActionSet {
    type Output = ActionSet;
    fn bitor(self, other: ActionSet) -> ActionSet {
        ActionSet(self.0 | other.0)
    }
}

impl BitOrAssign for ActionSet {
    fn bitor_assign(&mut self, other: ActionSet) {
        self.0 |= other.0;
    }
}

impl BitAnd for ActionSet {
    type Output = ActionSet;
    fn bitand(self, other: ActionSet) -> ActionSet {
        ActionSet(self.0 & other.0)
    }
}

impl Sub for ActionSet {
    type Output = ActionSet;
    fn sub(self, other: ActionSet) -> ActionSet {
        ActionSet(self.0 & !other.0)
    }
}
