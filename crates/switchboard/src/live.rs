//! What the listeners serve with at the moment. It is one pointer, so that no request meets two configurations.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use ipnet::IpNet;

use crate::admin;
use crate::front::{self, ClientStack};
use crate::gateway::Gateway;
use crate::patience::Patience;

/// What is served with, until a reload stores something else.
pub struct Live {
    current: ArcSwap<Epoch>,
    /// Of the sockets that are open.
    copies: Mutex<HashMap<u64, Arc<Copy>>>,
    next: AtomicU64,
}

/// The stack as one socket has it, from its first request on.
type Copy = Mutex<Option<(Arc<Epoch>, ClientStack)>>;

impl Live {
    /// This to begin with.
    pub fn new(epoch: Epoch) -> Self {
        Self {
            current: ArcSwap::from_pointee(epoch),
            copies: Mutex::default(),
            next: AtomicU64::new(0),
        }
    }

    /// What holds now.
    pub fn now(&self) -> Arc<Epoch> {
        self.current.load_full()
    }

    /// From now on it is this. Sockets that wait for their next request keep nothing of what was before.
    pub fn store(&self, epoch: Epoch) {
        self.current.store(Arc::new(epoch));
        for copy in lock(&self.copies).values() {
            lock(copy).take();
        }
    }
}

/// What a socket asks: the stack of the moment, copied once for each socket and epoch, not for each request.
pub struct SocketStack {
    live: Arc<Live>,
    face: Face,
    copy: Arc<Copy>,
    number: u64,
}

impl SocketStack {
    /// For a socket that was opened there.
    pub fn new(live: &Arc<Live>, face: Face) -> Self {
        let number = live.next.fetch_add(1, Ordering::Relaxed);
        let copy = Arc::new(Copy::default());
        lock(&live.copies).insert(number, Arc::clone(&copy));
        Self {
            live: Arc::clone(live),
            face,
            copy,
            number,
        }
    }

    /// Asks it.
    pub fn ask<T>(&self, ask: impl FnOnce(&Epoch, &mut ClientStack) -> T) -> T {
        let mut copy = lock(&self.copy);
        let current = self.live.current.load();
        if !copy
            .as_ref()
            .is_some_and(|(epoch, _)| Arc::ptr_eq(&current, epoch))
        {
            *copy = None;
        }
        let stack = || (Arc::clone(&current), current.stack(self.face).clone());
        let (epoch, stack) = copy.get_or_insert_with(stack);
        ask(epoch, stack)
    }
}

impl SocketStack {
    /// Nothing is asked for a while: keeps no copy.
    pub fn rest(&self) {
        lock(&self.copy).take();
    }
}

impl Drop for SocketStack {
    fn drop(&mut self) {
        lock(&self.live.copies).remove(&self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What holds between two reloads.
pub struct Epoch {
    /// What requests share.
    pub gateway: Arc<Gateway>,
    /// How long a peer may take; of a socket that is open already, what held when it was opened.
    pub patience: Patience,
    /// Bytes of a request's head; likewise.
    pub max_header: usize,
    /// Networks whose word on the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    api: ClientStack,
    admin: ClientStack,
}

/// Whether the gateway is about to end. It is asked for every answer, so it costs no lock.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on it is.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Which of the listeners it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The API, the pass-through face, docs.
    Api,
    /// Metrics, health, operators.
    Admin,
}

impl Epoch {
    /// Everything about this gateway.
    pub fn new(gateway: Arc<Gateway>, draining: &Draining) -> Self {
        let server = &gateway.config.server;
        Self {
            patience: Patience {
                idle: server.idle_timeout,
                head: server.header_read_timeout,
                write: server.write_timeout,
            },
            max_header: server.max_header,
            trusted_proxies: server.trusted_proxies.clone(),
            api: front::stack(&gateway),
            admin: admin::stack(&gateway, draining),
            gateway,
        }
    }

    /// What answers on that listener.
    const fn stack(&self, face: Face) -> &ClientStack {
        match face {
            Face::Api => &self.api,
            Face::Admin => &self.admin,
        }
    }
}
