//! What people do over there, and what goes wrong.

use serde::{Deserialize, Serialize};

use super::state::{Code, Fault, Place, Repository, State};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Somebody types in the codes that are waited for and says yes.
    Approve,
    /// The same, and says no.
    Deny,
    /// Nobody did in time.
    Expire,
    /// No token is good any more.
    Revoke,
    /// The next requests go wrong, one fault each, in order.
    Fail {
        place: Place,
        faults: Vec<Fault>,
    },
    AddRepositories(Vec<Repository>),
}

impl State {
    pub(super) fn order(&self, order: Order) {
        let code = match order {
            Order::Approve => Code::Approved,
            Order::Deny => Code::Denied,
            Order::Expire => Code::Expired,
            Order::Revoke => return self.revoke(),
            Order::Fail { place, faults } => return self.fail(place, faults),
            Order::AddRepositories(repositories) => return self.add(repositories),
        };
        self.decide(None, code);
    }
}
