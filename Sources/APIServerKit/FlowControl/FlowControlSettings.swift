// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// One share of a server's seats.
package struct FlowLevel: Sendable, Hashable {
    package var name: String
    /// Its part of the server's seats; the server has as many as its levels together.
    package var seats: Int
    /// Of those, what no other level borrows; at most `seats`.
    package var kept: Int
    package var waitingPerIdentity: Int
    package var waiting: Int

    package init(_ name: String, seats: Int, kept: Int, waitingPerIdentity: Int, waiting: Int) {
        precondition(seats > 0 && (0...seats).contains(kept), "a level has seats, and keeps no more than those")
        self.name = name
        self.seats = seats
        self.kept = kept
        self.waitingPerIdentity = waitingPerIdentity
        self.waiting = waiting
    }
}

/// The levels of a server, and which requests belong to which.
package struct FlowControlSettings: Sendable {
    package enum Level: Int, Sendable, CaseIterable { case system, workloadHigh, workloadLow, globalDefault, catchAll }

    /// In the order of `Level`.
    package var levels = [
        FlowLevel("system", seats: 60, kept: 30, waitingPerIdentity: 250, waiting: 1000),
        FlowLevel("workload-high", seats: 40, kept: 20, waitingPerIdentity: 250, waiting: 1000),
        FlowLevel("workload-low", seats: 60, kept: 20, waitingPerIdentity: 250, waiting: 1000),
        FlowLevel("global-default", seats: 60, kept: 20, waitingPerIdentity: 250, waiting: 1000),
        FlowLevel("catch-all", seats: 20, kept: 5, waitingPerIdentity: 100, waiting: 400),
    ]
    /// The longest a request waits for a seat.
    package var wait = Duration.seconds(15)

    package init() {}

    private static let systemUsers: Set = ["system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy", "system:aggregator"]

    /// Where a request waits and under whose name; nil for one that never waits.
    /// - Source: the mandatory and suggested flow schemas, k8s.io/apiserver pkg/apis/flowcontrol/bootstrap
    package static func flow(of user: UserInfo, _ info: RequestInfo) -> (level: Level, identity: String)? {
        if user.groups.contains(UserInfo.mastersGroup) { return nil }
        if !info.isResourceRequest, ["healthz", "livez", "readyz"].contains(info.path.split(separator: "/").first ?? "") { return nil }
        if user.groups.contains("system:nodes") || systemUsers.contains(user.name) { return (.system, user.name) }
        let account = user.name.split(separator: ":", omittingEmptySubsequences: false)
        if account.count == 4, account[0] == "system", account[1] == "serviceaccount" {
            let namespace = String(account[2])
            guard namespace == "kube-system" else { return (.workloadLow, namespace) }
            return (info.group == "coordination.k8s.io" && info.resource == "leases" ? .system : .workloadHigh, namespace)
        }
        return (user.groups.contains(UserInfo.authenticatedGroup) ? .globalDefault : .catchAll, user.name)
    }
}
