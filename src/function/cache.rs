//! Specialisations of a function by the types of its arguments: one is made, however many threads ask at once.

use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use rustc_hash::{FxHashMap, FxHasher};
use std::collections::VecDeque;
use std::hash::Hasher;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// So many specialisations are kept. The first is never let go; of the others the oldest goes first.
const MOST: usize = 1024;

/// What is made of a function for arguments of given types, each made at most once.
pub(super) struct Cache<T> {
    /// The one that most functions have alone, found without a lock.
    first: OnceLock<Entry<T>>,
    entries: RwLock<Entries<T>>,
}

struct Entries<T> {
    by_hash: FxHashMap<u64, Vec<Arc<Entry<T>>>>,
    /// Hashes in order of insertion.
    order: VecDeque<u64>,
}

/// A specialisation that stays while it is held.
pub(super) enum Held<'a, T> {
    /// The cache's first.
    First(&'a Entry<T>),
    /// Another.
    Other(Arc<Entry<T>>),
}

impl<T> Deref for Held<'_, T> {
    type Target = Entry<T>;
    fn deref(&self) -> &Entry<T> {
        match self {
            Held::First(entry) => entry,
            Held::Other(entry) => entry,
        }
    }
}

/// One specialisation, perhaps still being made.
pub(super) struct Entry<T> {
    key: Vec<(DType, Axes)>,
    made: OnceLock<T>,
}

/// Something that has an element type and extents.
pub(super) trait Typed {
    /// Both.
    fn typed(&self) -> (DType, &[usize]);
}

impl Typed for Tensor {
    fn typed(&self) -> (DType, &[usize]) {
        (self.dtype(), self.shape())
    }
}

impl Typed for (DType, Axes) {
    fn typed(&self) -> (DType, &[usize]) {
        (self.0, &self.1)
    }
}

impl<T> Entry<T> {
    fn new(arguments: &[impl Typed]) -> Entry<T> {
        let key = arguments.iter().map(Typed::typed).map(|(dtype, extents)| (dtype, extents.into())).collect();
        Entry { key, made: OnceLock::new() }
    }

    /// What was made, or what `make` makes now; other threads that ask meanwhile wait.
    pub(super) fn get(&self, make: impl FnOnce(&[TensorType]) -> T) -> &T {
        if let Some(made) = self.made.get() {
            return made;
        }
        self.made.get_or_init(|| {
            let types: Vec<TensorType> =
                self.key.iter().map(|(dtype, extents)| TensorType::of(*dtype, extents)).collect();
            make(&types)
        })
    }

    /// What was made, where it was.
    pub(super) fn made(&self) -> Option<&T> {
        self.made.get()
    }

    fn fits(&self, arguments: &[impl Typed]) -> bool {
        let same = |(key, argument): (&(DType, Axes), _)| key.typed() == Typed::typed(argument);
        self.key.len() == arguments.len() && self.key.iter().zip(arguments).all(same)
    }
}

impl<T> Cache<T> {
    /// An empty cache.
    pub(super) fn new() -> Cache<T> {
        Cache {
            first: OnceLock::new(),
            entries: RwLock::new(Entries { by_hash: FxHashMap::default(), order: VecDeque::new() }),
        }
    }

    /// The entry for arguments of these types, where there is one.
    pub(super) fn find(&self, arguments: &[impl Typed]) -> Option<Held<'_, T>> {
        let first = self.first.get()?;
        if first.fits(arguments) {
            return Some(Held::First(first));
        }
        // A panic elsewhere leaves the map whole: entries are put in and taken out in single steps.
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.find(hash(arguments), arguments).map(Held::Other)
    }

    /// The entry for arguments of these types.
    pub(super) fn entry(&self, arguments: &[impl Typed]) -> Held<'_, T> {
        let first = self.first.get_or_init(|| Entry::new(arguments));
        if first.fits(arguments) {
            return Held::First(first);
        }
        if let Some(entry) = self.find(arguments) {
            return entry;
        }
        let hash = hash(arguments);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.find(hash, arguments) {
            return Held::Other(entry);
        }
        if 1 + entries.order.len() >= MOST {
            entries.drop_oldest();
        }
        let entry = Arc::new(Entry::new(arguments));
        entries.by_hash.entry(hash).or_default().push(entry.clone());
        entries.order.push_back(hash);
        Held::Other(entry)
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        let others = self.entries.read().unwrap_or_else(PoisonError::into_inner).order.len();
        usize::from(self.first.get().is_some()) + others
    }
}

impl<T> Entries<T> {
    fn find(&self, hash: u64, arguments: &[impl Typed]) -> Option<Arc<Entry<T>>> {
        self.by_hash.get(&hash)?.iter().find(|entry| entry.fits(arguments)).cloned()
    }

    fn drop_oldest(&mut self) {
        let Some(hash) = self.order.pop_front() else { return };
        if let Some(same) = self.by_hash.get_mut(&hash) {
            same.remove(0);
            if same.is_empty() {
                self.by_hash.remove(&hash);
            }
        }
    }
}

fn hash(arguments: &[impl Typed]) -> u64 {
    let mut hasher = FxHasher::default();
    for (dtype, extents) in arguments.iter().map(Typed::typed) {
        hasher.write_usize(extents.len() * 16 + dtype as usize);
        extents.iter().for_each(|&extent| hasher.write_usize(extent));
    }
    hasher.finish()
}
