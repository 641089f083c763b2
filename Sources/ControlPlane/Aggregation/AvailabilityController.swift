// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import AsyncHTTPClient
import KubeModel
import KubeStore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// How often extension servers are asked whether they answer, beside each change of what leads to them.
struct AvailabilityCadence: Sendable {
    /// While one doesn't answer.
    var failing = Duration.seconds(1)
    var healthy = Duration.seconds(30)
    /// For one answer.
    var timeout = Duration.seconds(5)
}

/// Keeps the `Available` condition of the APIServices that are served elsewhere: finds the extension server and asks it for
/// the resources of its group.
///
/// - Source: kube-aggregator pkg/controllers/status/remote/remote_available_controller.go
struct AvailabilityController<C: Clock>: Service where C.Duration == Duration {
    let store: ResourceStore
    let clients: BackendClients
    let cadence: AvailabilityCadence
    let clock: C
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                let wakeup = Wakeup()
                // Whatever leads to an extension server.
                for resource in [GroupVersionResource.apiServices, .services, .endpoints, .endpointSlices] {
                    group.addTask { await ring(wakeup, on: resource.groupResource) }
                }
                group.addTask { await check(until: wakeup) }
                await group.waitForAll()
            }
        }
    }

    private func ring(_ wakeup: Wakeup, on resource: GroupResource) async {
        while !Task.isCancelled {
            // A watch that fell behind is begun anew: only that something changed matters.
            if let watch = try? store.objects.watch(resource, namespace: nil, after: store.objects.revision) {
                wakeup.ring()
                do { for try await _ in watch { wakeup.ring() } } catch { continue }
            }
        }
    }

    // MARK: When

    /// What was found the last time, from what, and how long that holds.
    private struct Finding: Sendable {
        var spec: JSONValue
        var target: APIServiceTarget?
        var expires: C.Instant
    }

    private func check(until wakeup: Wakeup) async {
        var findings: [String: Finding] = [:]
        while !Task.isCancelled {
            let services = store.objects.list(GroupVersionResource.apiServices.groupResource, namespace: nil).objects
                .filter { $0.spec["service"]?.object != nil && !$0.isBeingDeleted }
            let known = findings
            // At once, so that one that hangs keeps no other waiting.
            findings = await withTaskGroup(of: (String, Finding).self) { group in
                for service in services { group.addTask { (service.name, await finding(service, known[service.name])) } }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            let next = findings.values.map { clock.now.duration(to: $0.expires) }.min() ?? cadence.healthy
            await wakeup.sleep(atMost: max(next, .milliseconds(50)), on: clock)
        }
    }

    private func finding(_ apiService: KubeObject, _ known: Finding?) async -> Finding {
        let found = Result { () throws(APIServiceProblem) in try APIServiceTarget.find(apiService, in: store) }
        let target = try? found.get()
        if let known, known.spec == apiService.spec, known.target == target, target != nil, clock.now < known.expires { return known }
        let problem = await problem(apiService, found)
        await report(problem, of: apiService)
        return Finding(spec: apiService.spec, target: target, expires: clock.now.advanced(by: problem == nil ? cadence.healthy : cadence.failing))
    }

    // MARK: What

    private func problem(_ apiService: KubeObject, _ found: Result<APIServiceTarget, APIServiceProblem>) async -> APIServiceProblem? {
        switch found {
        case .failure(let problem): problem
        case .success(let target): await discoveryProblem(apiService, target)
        }
    }

    private func discoveryProblem(_ apiService: KubeObject, _ target: APIServiceTarget) async -> APIServiceProblem? {
        let version = GroupVersion(group: apiService.spec["group"]?.string ?? "", version: apiService.spec["version"]?.string ?? "")
        let shown = "https://\(target.authority)\(version.path)"
        func failed(_ why: String) -> APIServiceProblem {
            APIServiceProblem(reason: "FailedDiscoveryCheck", message: "failing or missing response from \(shown): \(why)")
        }
        do {
            var request = HTTPClientRequest(url: "https://\(target.serverName):\(target.port)\(version.path)")
            request.headers = ["Host": target.authority, "User-Agent": "updraft-aggregator"]
            ProxiedHeaders.addIdentity(UserInfo(name: "system:kube-aggregator", groups: [UserInfo.mastersGroup]), to: &request.headers)
            let response = try await clients.client(for: target).execute(request, timeout: .init(cadence.timeout))
            // Read to the end, so that the connection serves again.
            _ = try? await response.body.collect(upTo: 1 << 20)
            return (200..<300).contains(response.status.code) ? nil : failed("bad status from \(shown): \(response.status.code)")
        } catch let problem as APIServiceProblem {
            return problem
        } catch {
            return failed("Get \"\(shown)\": \(ConnectionProblem.text(error, authority: target.authority))")
        }
    }

    // MARK: Telling

    private func report(_ problem: APIServiceProblem?, of apiService: KubeObject) async {
        guard let definition = store.registry.definition(.apiServices), !Task.isCancelled else { return }
        let (status, reason, message) = problem.map { ("False", $0.reason, $0.message) } ?? ("True", "Passed", "all checks passed")
        let current = apiService.condition("Available")
        guard current?["status"]?.string != status || current?["reason"]?.string != reason || current?["message"]?.string != message else { return }
        let isTurn = current?["status"]?.string != status
        let now = store.now()
        do {
            _ = try await store.amend(definition, namespace: "", name: apiService.name, scope: .status) { object in
                object.turn("Available", problem == nil, reason: reason, message: message, now: now)
            }
        } catch let error as APIError where error.reason == .notFound {
            return
        } catch {
            logger.warning("the state of an APIService can't be stored", metadata: ["apiservice": "\(apiService.name)", "error": "\(error)"])
        }
        if isTurn {
            logger.info(
                "an extension server's availability changed",
                metadata: ["apiservice": "\(apiService.name)", "available": "\(status)", "reason": "\(reason)"])
        }
    }
}
