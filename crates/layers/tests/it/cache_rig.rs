//! A cache over a scripted service, on tokio's paused clock.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use layers::cache::{
    Cache, CacheObserver, CacheService, Cacheable, Directives, Key, KeyMaker, Lifetimes, Reply, Settings,
    Tags,
};
use layers::conditional::FromRequest;
use layers::{Answer, CallTrace, Context, Draft, Keyring, Replicas, Request};
use model::{Code, Error, Result};
use store::Store;
use tokio::time::{Instant, advance, sleep};
use tokio_util::task::TaskTracker;
use tower::{Layer, Service, ServiceExt};

/// What the service does when it is called for the n-th time.
pub(crate) enum Step {
    Answer(Draft),
    Fail(Error),
    Panic,
}

/// What a call takes.
const USUAL: Duration = Duration::from_millis(100);

/// A service that follows a script, and beyond its end answers with its call count.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    steps: VecDeque<(Step, Duration)>,
    calls: u32,
}

impl Script {
    pub(crate) fn will(&self, step: Step) {
        self.will_in(USUAL, step);
    }

    pub(crate) fn will_in(&self, time: Duration, step: Step) {
        self.0.lock().unwrap().steps.push_back((step, time));
    }

    pub(crate) fn calls(&self) -> u32 {
        self.0.lock().unwrap().calls
    }
}

impl Service<Call> for Script {
    type Response = Arc<Answer>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Arc<Answer>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let mut inner = self.0.lock().unwrap();
        inner.calls += 1;
        let step = inner.steps.pop_front();
        let (step, time) =
            step.unwrap_or_else(|| (Step::Answer(Draft::json(inner.calls.to_string())), USUAL));
        Box::pin(async move {
            sleep(time).await;
            call.trace.attempted(time);
            match step {
                Step::Answer(draft) => Ok(Arc::new(Answer::from(draft))),
                Step::Fail(error) => Err(error),
                Step::Panic => panic!("scripted"),
            }
        })
    }
}

#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) key: Option<Key>,
    pub(crate) id: String,
    pub(crate) ask: Directives,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) arrived: Instant,
    pub(crate) deadline: Instant,
    pub(crate) trace: Arc<CallTrace>,
    /// Runs when the cache has found an entry and asks how old it is.
    pub(crate) found: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Cacheable for Call {
    fn key(&self) -> Option<Key> {
        self.key
    }

    fn resource(&self) -> &'static str {
        "numbers"
    }

    fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }

    fn tags(&self) -> Tags {
        Tags::default().connection(&"bland".parse().unwrap()).id(&self.id)
    }

    fn directives(&self) -> Directives {
        self.ask
    }

    fn arrived(&self) -> Instant {
        if let Some(found) = &self.found {
            found();
        }
        self.arrived
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn fill(&self) -> Self {
        Self {
            deadline: Instant::now() + Duration::from_secs(15),
            trace: Arc::default(),
            found: None,
            ..self.clone()
        }
    }

    fn trace(&self) -> &Arc<CallTrace> {
        &self.trace
    }

    fn counted(&self, _: &'static str) {}
}

impl FromRequest for Call {
    fn from_request(request: Request) -> Result<Self> {
        let path = request.uri().path();
        if path == "/broken" {
            return Err(Error::client(Code::InvalidRequest, "no call"));
        }
        let maker = request.extensions().get::<KeyMaker>().unwrap();
        let mut call = call(maker, path, Directives::of(request.headers()));
        if path == "/local" {
            call.key = None;
        }
        if let Some(context) = Context::of(request.extensions()) {
            call.trace = Arc::clone(&context.calls);
        }
        Ok(call)
    }
}

fn call(keys: &KeyMaker, id: &str, ask: Directives) -> Call {
    Call {
        key: Some(keys.key(&id)),
        id: id.to_owned(),
        ask,
        lifetimes: Lifetimes {
            fresh: Duration::from_secs(10),
            not_found: Duration::from_secs(5),
            stale_while_revalidate: Duration::from_secs(20),
            stale_if_error: Duration::from_mins(1),
        },
        arrived: Instant::now(),
        deadline: Instant::now() + Duration::from_secs(30),
        trace: Arc::default(),
        found: None,
    }
}

/// Requests counted by result.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<&'static str, u32>>);

impl CacheObserver for Counts {
    fn request(&self, resource: &'static str, result: &'static str) {
        assert_eq!(resource, "numbers");
        *self.0.lock().unwrap().entry(result).or_default() += 1;
    }
}

#[derive(Clone)]
pub(crate) struct Rig {
    pub(crate) cache: Cache,
    pub(crate) script: Script,
    pub(crate) keys: KeyMaker,
    tasks: TaskTracker,
    counts: Arc<Counts>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Settings {
            max_bytes: 1 << 20,
            max_fills: 8,
        })
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let (tasks, counts) = (TaskTracker::new(), Arc::<Counts>::default());
        Self {
            cache: Cache::new(settings, tasks.clone(), Arc::<Counts>::clone(&counts)),
            script: Script::default(),
            keys: KeyMaker::default(),
            tasks,
            counts,
        }
    }

    /// A replica that shares with all others at this store.
    pub(crate) fn sharing(store: Store) -> Self {
        let (tasks, counts) = (TaskTracker::new(), Arc::<Counts>::default());
        let settings = Settings {
            max_bytes: 16 << 20,
            max_fills: 8,
        };
        let keyring = Keyring::new(b"secret");
        let replicas = Replicas {
            store,
            keyring: keyring.clone(),
            tasks: tasks.clone(),
        };
        Self {
            cache: Cache::shared(settings, &replicas, Arc::<Counts>::clone(&counts)),
            script: Script::default(),
            keys: KeyMaker::shared(keyring),
            tasks,
            counts,
        }
    }

    pub(crate) fn service(&self) -> CacheService<Script> {
        self.cache.layer().layer(self.script.clone())
    }

    pub(crate) fn call(&self, id: &str) -> Call {
        call(&self.keys, id, Directives::default())
    }

    pub(crate) fn ask(&self, id: &str, ask: Directives) -> Call {
        call(&self.keys, id, ask)
    }

    pub(crate) async fn send(&self, call: Call) -> Result<Reply> {
        self.service().oneshot(call).await
    }

    /// The body and the `Cache-Status`, or the error's code, of an ordinary request.
    pub(crate) async fn get(&self, id: &str) -> (String, String) {
        read(self.send(self.call(id)).await)
    }

    /// The same with directives.
    pub(crate) async fn get_with(&self, id: &str, ask: Directives) -> (String, String) {
        read(self.send(self.ask(id, ask)).await)
    }

    /// Waits until no fill is under way.
    pub(crate) async fn settle(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    pub(crate) fn count(&self, result: &str) -> u32 {
        self.counts.0.lock().unwrap().get(result).copied().unwrap_or(0)
    }
}

pub(crate) fn read(reply: Result<Reply>) -> (String, String) {
    match reply {
        Ok(reply) => {
            let body = String::from_utf8(reply.answer.plain().body.to_vec()).unwrap();
            let status = reply
                .status
                .map(|status| status.header().to_str().unwrap().to_owned());
            (body, status.unwrap_or_default())
        }
        Err(error) => (error.code().as_str().to_owned(), "error".to_owned()),
    }
}

/// Moves the paused clock.
pub(crate) async fn later(seconds: f64) {
    advance(Duration::from_secs_f64(seconds)).await;
}

pub(crate) fn pair(body: &str, status: &str) -> (String, String) {
    (body.to_owned(), status.to_owned())
}
