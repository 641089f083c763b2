// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import Foundation
import KubeClient
import KubeModel
import Logging

/// One pod from its binding to its end: prepares it, runs its containers, tells its status, stops and removes it.
actor PodWorker {
    let context: NodeContext
    let uid: String
    private(set) var pod: KubeObject
    private(set) var initRuns: [ContainerRun]
    private(set) var runs: [ContainerRun]
    private(set) var podIP: String?
    private let startTime: Timestamp
    private var volumePaths: [String: String] = [:]
    private var tokens = PodTokens()
    private var sentStatus: JSONValue
    private var isPublishing = false
    private var isGone = false
    private var hasNews = false
    /// Set once the pod is to go, or the node.
    nonisolated let stop = StopSignal()
    /// Set once the node is to go, which cuts every grace short.
    nonisolated let nodeStop = StopSignal()

    init(_ pod: KubeObject, context: NodeContext) {
        self.pod = pod
        self.context = context
        uid = pod.uid
        initRuns = pod.initContainers.map { ContainerRun(spec: $0, isInit: true) }
        let now = context.now().truncatedToSeconds
        runs = pod.containers.map { ContainerRun(spec: $0, resuming: pod, now: now) }
        startTime = pod.status["startTime"]?.timestamp ?? context.now().truncatedToSeconds
        sentStatus = pod.status
    }

    private var folder: String { "\(context.configuration.folder)/pods/\(uid)" }
    private var volumes: PodVolumes { PodVolumes(folder: folder) }
    private var fields: DownwardFields {
        DownwardFields(pod: pod, podIP: podIP ?? "", hostIP: context.configuration.address, nodeName: context.configuration.nodeName)
    }

    /// The API's newer object: labels and annotations show in volumes, a deletion stops it.
    func update(_ newer: KubeObject) async {
        let hadLabels = (pod.labels, pod.annotations)
        pod = newer
        if newer.isBeingDeleted { stop.set() }
        if !volumePaths.isEmpty, !stop.isSet, hadLabels.0 != newer.labels || hadLabels.1 != newer.annotations {
            do {
                try await makeVolumes()
            } catch {
                context.recorder.record(pod, .warning, reason: "FailedMount", message: "\(error)")
            }
        }
        // Somebody else's word on it, such as that its node was not heard of for a while: ours is written again where it differs.
        if podIP != nil, !isPublishing, !stop.isSet, newer.status != sentStatus {
            sentStatus = newer.status
            await publish()
        }
    }

    /// Its object is there no more, however that came: nothing of it is to stay.
    func end() {
        isGone = true
        stop.set()
    }

    /// Returns once nothing of the pod is left here; its object is removed then if it was being deleted.
    func run() async {
        if pod.isBeingDeleted { stop.set() }
        let isFinished = ["Succeeded", "Failed"].contains(pod.status["phase"]?.string ?? "")
        if !isFinished {
            if await prepare(), await runInitContainers() {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await self.keepVolumesFresh() }
                    await withDiscardingTaskGroup { containers in
                        for index in runs.indices { containers.addTask { await self.keepRunning(index, isInit: false) } }
                    }
                    group.cancelAll()
                }
            }
            if !stop.isSet { await publish() }
        }
        await stop.wait()
        await cleanUp()
    }

    // MARK: Preparing

    /// Until its address and volumes are there; false where it is to go before that.
    private func prepare() async -> Bool {
        var failures = 0
        while !stop.isSet {
            do {
                if podIP == nil { podIP = context.addresses.take() }
                guard podIP != nil else { throw NodeAgentError(.configuration, "every pod address of the node is taken") }
                try await makeVolumes()
                if let problem = UserNamespace.problem, (pod.containers + pod.initContainers).contains(where: { !PodVolumes.wanted($0).isEmpty }) {
                    throw NodeAgentError(.volume, "volumes need root on this node, since \(problem): run updraft as root, or the pod without volumes")
                }
                return true
            } catch {
                failures += 1
                context.recorder.record(pod, .warning, reason: "FailedMount", message: "\(error)")
                await publish()
                await stop.wait(atMost: min(.seconds(30), .seconds(2 * failures)), clock: context.clock)
            }
        }
        return false
    }

    private func makeVolumes() async throws {
        let names = PodMaterialNames(pod)
        var material = try await PodMaterial.read(for: pod, context.client)
        var kept = tokens
        material.tokens = try await kept.tokens(names.tokens, for: pod, context.client, now: context.now())
        tokens = kept
        volumePaths = try volumes.make(pod, fields: fields, node: context.capacity, material: material)
    }

    /// How often what volumes show is looked at again, as kubelets do.
    private static let volumePeriod = Duration.seconds(60)

    /// Brings new tokens, and what others changed in ConfigMaps and Secrets, to the running containers.
    private func keepVolumesFresh() async {
        let changes = PodMaterialNames(pod).changes
        while !Task.isCancelled, !stop.isSet {
            guard changes || tokens.refreshAt != nil else { return }
            var wait = Self.volumePeriod
            if !changes, let refreshAt = tokens.refreshAt { wait = max(.seconds(1), refreshAt - context.now()) }
            await stop.wait(atMost: wait, clock: context.clock)
            guard !Task.isCancelled, !stop.isSet else { return }
            do { try await makeVolumes() } catch {
                context.recorder.record(pod, .warning, reason: "FailedMount", message: "\(error)")
                await stop.wait(atMost: Self.volumePeriod, clock: context.clock)
            }
        }
    }

    /// One after another, each until it succeeds; false where one failed for good, or the pod is to go.
    private func runInitContainers() async -> Bool {
        if initRuns.isEmpty { return !stop.isSet }
        for index in runs.indices { runs[index].state = .waiting(reason: "PodInitializing", message: "") }
        for index in initRuns.indices {
            await keepRunning(index, isInit: true)
            guard !stop.isSet, initRuns[index].termination?.exit.code == 0 else { return false }
        }
        return true
    }

    // MARK: Running

    /// Runs a container again and again, as the pod's restart policy has it.
    private func keepRunning(_ index: Int, isInit: Bool) async {
        var backOff = RestartBackOff()
        var failures = 0
        // One that ended for good in an earlier run of the agent.
        if self[index, isInit].termination != nil { return }
        while !stop.isSet {
            let began = ContinuousClock.now
            let exit: ContainerExit
            do {
                exit = try await runOnce(index, isInit: isInit)
                failures = 0
            } catch {
                failures += 1
                await couldNotStart(index, isInit, error, isFirst: failures == 1)
                await stop.wait(atMost: .seconds(failures == 1 ? 2 : 10), clock: context.clock)
                continue
            }
            await ended(index, isInit, exit)
            let policy = isInit && pod.restartPolicy == "Always" ? "OnFailure" : pod.restartPolicy
            guard policy == "Always" || (policy == "OnFailure" && exit.code != 0), !stop.isSet else { return }
            let delay = backOff.next(ran: ContinuousClock.now - began)
            self[index, isInit].lastTermination = self[index, isInit].termination
            if delay > .zero {
                let name = self[index, isInit].spec.name
                let message = "back-off \(delay.components.seconds)s restarting failed container=\(name) pod=\(pod.name)_\(pod.namespace)(\(uid))"
                self[index, isInit].state = .waiting(reason: "CrashLoopBackOff", message: message)
                context.recorder.record(
                    pod, .warning, reason: "BackOff",
                    message: "Back-off restarting failed container \(name) in pod \(pod.name)_\(pod.namespace)(\(uid))")
                await publish()
                await stop.wait(atMost: delay, clock: context.clock)
            }
            guard !stop.isSet else { return }
            self[index, isInit].restartCount += 1
        }
    }

    private subscript(index: Int, isInit: Bool) -> ContainerRun {
        get { isInit ? initRuns[index] : runs[index] }
        set { if isInit { initRuns[index] = newValue } else { runs[index] = newValue } }
    }

    private func couldNotStart(_ index: Int, _ isInit: Bool, _ error: any Error, isFirst: Bool) async {
        let image = self[index, isInit].spec.image
        let reason: String
        switch (error as? NodeAgentError)?.code {
        case .image?:
            reason = isFirst ? "ErrImagePull" : "ImagePullBackOff"
            if isFirst {
                context.recorder.record(pod, .warning, reason: "Failed", message: "Failed to pull image \"\(image)\": \(error)")
            } else {
                context.recorder.record(pod, .normal, reason: "BackOff", message: "Back-off pulling image \"\(image)\"")
            }
        case .configuration?:
            reason = "CreateContainerConfigError"
            context.recorder.record(pod, .warning, reason: "Failed", message: "Error: \(error)")
        case .volume?:
            reason = "CreateContainerError"
            context.recorder.record(pod, .warning, reason: "FailedMount", message: "\(error)")
        default:
            reason = "CreateContainerError"
            context.recorder.record(pod, .warning, reason: "Failed", message: "Error: \(error)")
        }
        self[index, isInit].state = .waiting(reason: reason, message: "\(error)")
        await publish()
    }

    /// As a kubelet gives a pod an /etc/hosts of its own; here it also stands for a cluster's DNS.
    private func hostsMount(_ container: ContainerSpec) throws -> [MountPlan.Mount] {
        let target = "/etc/hosts"
        let hidden = container.mounts.contains { $0.path == target || $0.path == "/etc" || $0.path == "/etc/" }
        guard PodVolumes.canMount, !hidden else { return [] }
        return [MountPlan.Mount(source: try context.configuration.names.file(namespace: pod.namespace), target: target, isReadOnly: true)]
    }

    private func runOnce(_ index: Int, isInit: Bool) async throws -> ContainerExit {
        let spec = self[index, isInit].spec
        guard let command = context.configuration.images.command(for: spec.image) else {
            throw NodeAgentError(
                .image,
                "no program of this machine stands for image \"\(spec.image)\"; add a line to \(context.configuration.images.path), such as: - {image: \"\(spec.image)\", command: [/path/to/program]}"
            )
        }
        let material = try await PodMaterial.read(for: pod, context.client)
        let environment = ContainerEnvironment(fields: fields, node: context.capacity, material: material, base: baseEnvironment)
        let variables = try environment.variables(of: spec)
        let group = try context.groups.make("\(context.configuration.nodeName)/\(uid)/\(spec.name)", limits: spec.limits)
        let attempt = self[index, isInit].restartCount
        let scratch = "\(folder)/scratch/\(spec.name)-\(attempt)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(folder)/logs", withIntermediateDirectories: true)
        let arguments = (spec.command.dropFirst() + spec.arguments).map { ContainerEnvironment.expand($0, variables) }
        let launch = ContainerLaunch(
            groups: group.entrances, mounts: try volumes.mounts(of: spec, in: pod, volumePaths) + hostsMount(spec), scratch: scratch,
            workingDirectory: spec.workingDirectory,
            command: command + arguments, environment: variables, log: ContainerLogs.path(folder: folder, container: spec.name, attempt: attempt))
        context.recorder.record(
            pod, .normal, reason: "Pulled",
            message: "Container image \"\(spec.image)\" is the program \(command.joined(separator: " ")) of this machine")
        context.recorder.record(pod, .normal, reason: "Created", message: "Created container: \(spec.name)")
        // The run before keeps its log.
        ContainerLogs.remove(folder: folder, container: spec.name, attempt: attempt - 2)
        let process: RunningProcess
        do {
            process = try await launch.start(on: context.processes)
        } catch {
            group.remove()
            throw error
        }
        await began(index, isInit, process.number, group)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.watchOver(index, isInit, process.number) }
            defer { tasks.cancelAll() }
            // Not for long where the host of the processes is gone.
            guard let exit = await process.waitForExit() else { throw NodeAgentError(.launch, "the container ended without a status") }
            try? FileManager.default.removeItem(atPath: scratch)
            return exit
        }
    }

    private var baseEnvironment: [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": pod.spec["hostname"]?.string ?? pod.name,
            "POD_IP": podIP ?? "", "HOME": "/root",
            "KUBERNETES_SERVICE_HOST": context.configuration.apiServer.host, "KUBERNETES_SERVICE_PORT": "\(context.configuration.apiServer.port)",
            "KUBERNETES_SERVICE_PORT_HTTPS": "\(context.configuration.apiServer.port)",
        ]
    }

    private func began(_ index: Int, _ isInit: Bool, _ process: Int32, _ group: any ResourceGroup) async {
        try? context.records.add(process)
        self[index, isInit].process = process
        self[index, isInit].group = group
        self[index, isInit].state = .running(since: context.now())
        self[index, isInit].runID = "\(uid)-\(self[index, isInit].spec.name)-\(self[index, isInit].restartCount)"
        self[index, isInit].isStarted = self[index, isInit].spec.probe("startupProbe") == nil
        self[index, isInit].isReady = !isInit && self[index, isInit].isStarted && self[index, isInit].spec.probe("readinessProbe") == nil
        context.recorder.record(pod, .normal, reason: "Started", message: "Started container \(self[index, isInit].spec.name)")
        await publish()
    }

    private func ended(_ index: Int, _ isInit: Bool, _ exit: ContainerExit) async {
        var run = self[index, isInit]
        if let process = run.process {
            // Whatever the program left running in its group ends with it.
            run.group?.kill(processGroup: process)
            context.records.remove(process)
        }
        let wasKilledForMemory = (run.group?.outOfMemoryKills ?? 0) > 0 && exit.signal == SIGKILL
        run.group?.remove()
        run.group = nil
        run.process = nil
        run.isReady = false
        run.isStarted = false
        run.state = .terminated(
            ContainerRun.Termination(
                exit: exit, reason: wasKilledForMemory ? "OOMKilled" : exit.code == 0 ? "Completed" : "Error", started: run.startTime ?? startTime,
                finished: context.now(), runID: run.runID))
        self[index, isInit] = run
        await publish()
    }

    // MARK: Watching over a running container

    /// Probes it, and ends it when the pod is to go.
    private func watchOver(_ index: Int, _ isInit: Bool, _ process: Int32) async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await self.stopWhenAsked(index, isInit, process) }
            guard !isInit else { return }
            tasks.addTask {
                if await self.passStartup(index, process) {
                    await withDiscardingTaskGroup { probes in
                        probes.addTask { await self.probe(index, "readinessProbe", process, initially: false) }
                        probes.addTask { await self.probe(index, "livenessProbe", process, initially: true) }
                    }
                }
            }
        }
    }

    private func stopWhenAsked(_ index: Int, _ isInit: Bool, _ process: Int32) async {
        await stop.wait()
        guard !Task.isCancelled else { return }
        context.recorder.record(pod, .normal, reason: "Killing", message: "Stopping container \(self[index, isInit].spec.name)")
        self[index, isInit].isReady = false
        await publish()
        await end(process, self[index, isInit].group, grace: pod.gracePeriod)
    }

    /// What a pod gets that ends because the node does.
    static let shutdownGrace = Duration.seconds(5)

    /// SIGTERM, and SIGKILL once the grace is over, or the shorter one that is left when the node goes; the wait ends with the container.
    private func end(_ process: Int32, _ group: (any ResourceGroup)?, grace: Duration) async {
        ProcessSignal.send(SIGTERM, processGroup: process)
        await nodeStop.wait(atMost: grace, clock: context.clock)
        if nodeStop.isSet { try? await context.clock.sleep(for: min(grace, Self.shutdownGrace)) }
        guard !Task.isCancelled else { return }
        group?.kill(processGroup: process)
        ProcessSignal.send(SIGKILL, processGroup: process)
    }

    private func passStartup(_ index: Int, _ process: Int32) async -> Bool {
        guard runs[index].spec.probe("startupProbe") != nil else { return true }
        await probe(index, "startupProbe", process, initially: false)
        return runs[index].isStarted && !Task.isCancelled
    }

    private func probe(_ index: Int, _ kind: String, _ process: Int32, initially: Bool) async {
        guard let settings = runs[index].spec.probe(kind), let podIP else { return }
        var tracker = ProbeTracker(settings, initially: initially)
        try? await context.clock.sleep(for: settings.initialDelay)
        while !Task.isCancelled, !stop.isSet {
            let began = ContinuousClock.now
            let answer = await context.prober.ask(settings, podIP: podIP, process: process)
            guard !Task.isCancelled, !stop.isSet else { return }
            let isDecided = tracker.record(answer == .success)
            if case .failure(let why) = answer {
                let name = kind == "readinessProbe" ? "Readiness" : kind == "livenessProbe" ? "Liveness" : "Startup"
                context.recorder.record(pod, .warning, reason: "Unhealthy", message: "\(name) probe failed: \(why)")
            }
            if isDecided, await turn(index, kind, tracker.isSuccess, process) { return }
            try? await context.clock.sleep(for: settings.period - (ContinuousClock.now - began))
        }
    }

    /// What a probe's result does; true where the probe's work is done.
    private func turn(_ index: Int, _ kind: String, _ success: Bool, _ process: Int32) async -> Bool {
        switch (kind, success) {
        case ("readinessProbe", _):
            guard runs[index].isReady != success else { return false }
            runs[index].isReady = success
            await publish()
            return false
        case ("startupProbe", true):
            runs[index].isStarted = true
            runs[index].isReady = runs[index].spec.probe("readinessProbe") == nil
            await publish()
            return true
        case (_, true): return false
        default:
            let name = runs[index].spec.name
            let which = kind == "livenessProbe" ? "liveness" : "startup"
            context.recorder.record(pod, .normal, reason: "Killing", message: "Container \(name) failed \(which) probe, will be restarted")
            await end(process, runs[index].group, grace: pod.gracePeriod)
            return true
        }
    }

    // MARK: Telling

    /// Writes the status if it changed; what changes meanwhile is written after.
    func publish() async {
        hasNews = true
        guard !isPublishing else { return }
        isPublishing = true
        defer { isPublishing = false }
        var failures = 0
        while hasNews, failures < 8 {
            hasNews = false
            let status = statusBuilder.status(previous: sentStatus)
            guard status != sentStatus else { continue }
            do {
                let patch: JSONValue = ["metadata": ["uid": .string(uid)], "status": status]
                _ = try await context.client.patch(.pods, namespace: pod.namespace, name: pod.name, subresource: "status", .merge(patch))
                sentStatus = status
                failures = 0
            } catch let error as APIError where error.reason == .notFound || error.reason == .conflict {
                return
            } catch {
                failures += 1
                hasNews = true
                context.logger.debug("cannot write a pod's status", metadata: ["pod": "\(pod.namespacedName)", "error": "\(error)"])
                try? await context.clock.sleep(for: .milliseconds(50 << failures))
            }
        }
    }

    private var statusBuilder: PodStatusBuilder {
        PodStatusBuilder(
            pod: pod, podIP: podIP, hostIP: context.configuration.address, startTime: startTime, initContainers: initRuns, containers: runs,
            now: context.now().truncatedToSeconds)
    }

    // MARK: The end

    /// Where the node goes and not the pod, its object and its files stay for the next run.
    private func cleanUp() async {
        if let podIP { context.addresses.giveBack(podIP) }
        guard pod.isBeingDeleted || isGone else { return }
        try? FileManager.default.removeItem(atPath: folder)
        context.groups.remove("\(context.configuration.nodeName)/\(uid)")
        guard !isGone else { return }
        // A full disk, say, is soon over; where the node goes first, its next run does it.
        var delay = Duration.milliseconds(100)
        while !nodeStop.isSet {
            do {
                try await context.client.delete(
                    .pods, namespace: pod.namespace, name: pod.name, options: DeleteOptions(gracePeriodSeconds: 0, uid: uid))
                return
            } catch let error as APIError where error.reason == .notFound || error.reason == .conflict {
                return
            } catch {
                context.logger.warning("cannot remove a pod's object", metadata: ["pod": "\(pod.namespacedName)", "error": "\(error)"])
            }
            await nodeStop.wait(atMost: delay, clock: context.clock)
            delay = min(.seconds(30), delay * 2)
        }
    }

    // MARK: Measuring and reading

    struct ContainerSample: Sendable {
        var name: String
        var image = ""
        var restartCount = 0
        var limits = ResourceLimits()
        var startTime: Timestamp
        var usage: ResourceUsage
    }

    /// What its running containers have used, read now.
    func samples() -> (pod: KubeObject, containers: [ContainerSample]) {
        let samples = runs.compactMap { run -> ContainerSample? in
            guard let process = run.process, let start = run.startTime, let usage = run.group?.usage(processGroup: process) else { return nil }
            return ContainerSample(
                name: run.spec.name, image: run.spec.image, restartCount: run.restartCount, limits: run.spec.limits, startTime: start, usage: usage)
        }
        return (pod, samples)
    }

    /// Where the log of a container is; nil where there is no such container, or no run before.
    func log(container: String, previous: Bool) -> String? {
        guard let run = (runs + initRuns).first(where: { $0.spec.name == container }) else { return nil }
        let attempt = run.restartCount - (previous ? 1 : 0)
        return attempt < 0 ? nil : ContainerLogs.path(folder: folder, container: container, attempt: attempt)
    }

    /// Whether a container still runs that writes this log.
    func isWriting(log path: String, container: String) -> Bool {
        (runs + initRuns).contains { $0.spec.name == container && $0.process != nil } && log(container: container, previous: false) == path
    }
}
