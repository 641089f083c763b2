// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Logging
import NIOHTTP1
import Synchronization
import Testing

@testable import APIServerKit

@Suite("The audit policy and its log")
struct AuditTests {
    private static let policy: JSONValue = [
        "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
        "rules": [
            ["level": "None", "users": ["system:kube-proxy"], "verbs": ["watch"]],
            ["level": "RequestResponse", "resources": [["group": "apps", "resources": ["deployments", "*/scale"]]], "namespaces": ["shop"]],
            ["level": "Metadata", "resources": [["resources": ["configmaps"], "resourceNames": ["leader"]]], "omitStages": ["ResponseStarted"]],
            ["level": "None", "nonResourceURLs": ["/healthz*", "/version"]],
            ["level": "Request", "userGroups": ["team"]],
        ],
    ]

    private static func decide(
        _ verb: String, _ path: String, user: String = "ann", groups: [String] = [], method: String = "GET"
    ) throws -> AuditPolicy.Decision {
        let policy = try AuditPolicy(policy)
        var info = try RequestInfo(method: .init(rawValue: method), path: path, query: Query())
        info.verb = verb
        return policy.decide(UserInfo(name: user, groups: groups), info)
    }

    @Test("the first rule that matches decides")
    func rules() throws {
        #expect(try Self.decide("watch", "/api/v1/services", user: "system:kube-proxy").level == .none)
        #expect(try Self.decide("create", "/apis/apps/v1/namespaces/shop/deployments").level == .requestResponse)
        #expect(try Self.decide("patch", "/apis/apps/v1/namespaces/shop/replicasets/a/scale").level == .requestResponse)
        #expect(try Self.decide("create", "/apis/apps/v1/namespaces/other/deployments").level == .none)
        let leader = try Self.decide("get", "/api/v1/namespaces/x/configmaps/leader")
        #expect(leader.level == .metadata)
        #expect(leader.omittedStages == [.requestReceived, .responseStarted])
        #expect(try Self.decide("get", "/api/v1/namespaces/x/configmaps/other").level == .none)
        #expect(try Self.decide("get", "/healthz/etcd", groups: ["team"]).level == .none)
        #expect(try Self.decide("get", "/api/v1/pods", groups: ["team"]).level == .request)
    }

    @Test("secrets and tokens are told of by their metadata, unless a rule names them")
    func secrets() throws {
        #expect(try Self.decide("get", "/api/v1/namespaces/x/secrets/key", groups: ["team"]).level == .metadata)
        #expect(try Self.decide("create", "/api/v1/namespaces/x/serviceaccounts/a/token", groups: ["team"]).level == .metadata)
        let explicit = try AuditPolicy([
            "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [["level": "Request", "resources": [["resources": ["secrets"]]]]],
        ])
        let info = try RequestInfo(method: .GET, path: "/api/v1/namespaces/x/secrets/key", query: Query())
        #expect(explicit.decide(UserInfo(name: "ann"), info).level == .request)
    }

    @Test(
        "a policy with faults is refused by the field",
        arguments: [
            (#"{"kind":"Pod","apiVersion":"v1"}"#, "not audit.k8s.io/v1 Policy"),
            (#"{"kind":"Policy","apiVersion":"audit.k8s.io/v1"}"#, "rules: the audit policy has none"),
            (#"{"kind":"Policy","apiVersion":"audit.k8s.io/v1","rules":[{"level":"All"}]}"#, "rules[0].level"),
            (#"{"kind":"Policy","apiVersion":"audit.k8s.io/v1","rules":[{"level":"None","user":["a"]}]}"#, #"no field "user""#),
            (
                #"{"kind":"Policy","apiVersion":"audit.k8s.io/v1","rules":[{"level":"None","namespaces":["a"],"nonResourceURLs":["/x"]}]}"#,
                "not for both"
            ),
            (#"{"kind":"Policy","apiVersion":"audit.k8s.io/v1","rules":[{"level":"None","omitStages":["Late"]}]}"#, #"no stage "Late""#),
        ])
    func faults(text: String, message: String) throws {
        let json = try JSONValue.parse(text)
        let error = #expect(throws: AuditPolicyError.self) { try AuditPolicy(json) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    private static func log(
        _ folder: URL, capacity: Int = 1 << 20, megabytes: Int = 0, backups: Int = 0
    ) throws -> AuditLog {
        var options = AuditLog.Options(path: folder.appendingPathComponent("audit.log").path)
        (options.maximumMegabytes, options.maximumBackups) = (megabytes, backups)
        let ticks = Ticks()
        return try AuditLog(options, capacity: capacity, logger: Logger(label: "test"), now: { ticks.next() })
    }

    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test("events stand in the order they came, a line each, for their owner's eyes only")
    func lines() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = try Self.log(folder)
        for number in 0..<500 { log.write(["number": .integer(Int64(number))]) }
        log.flush()
        let path = folder.appendingPathComponent("audit.log").path
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(try lines.map { try JSONValue.parse(String($0))["number"]?.int } == (0..<500).map { Int64($0) })
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }

    @Test("a full file is put aside between two events, and only so many are kept")
    func rotation() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = try Self.log(folder, capacity: 64 << 20, megabytes: 1, backups: 2)
        let text = String(repeating: "x", count: 10_000)
        for number in 0..<500 {
            log.write(["number": .integer(Int64(number)), "text": .string(text)])
            log.flush()
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.count == 3, "\(names)")
        #expect(names.last == "audit.log")
        var numbers: [Int64] = []
        for name in names {
            let content = try String(contentsOfFile: folder.appendingPathComponent(name).path, encoding: .utf8)
            #expect(content.utf8.count <= 1_048_576)
            numbers += try content.split(separator: "\n").compactMap { try JSONValue.parse(String($0))["number"]?.int }
        }
        // What is left is the end of it, without a gap.
        #expect(numbers == ((500 - Int64(numbers.count))..<500).map { $0 })
        #expect(numbers.count > 200)
    }

    @Test("a place that cannot be written is refused at the start")
    func unwritable() throws {
        let error = #expect(throws: AuditLogError.self) {
            try AuditLog(.init(path: "/no/such/folder/audit.log"), logger: Logger(label: "test"), now: { .zero })
        }
        #expect(error?.message.contains("cannot write /no/such/folder/audit.log: No such file or directory") == true)
    }
}

/// A clock that goes on by a second each time it is read.
private final class Ticks: Sendable {
    private let seconds = Mutex<Int64>(0)

    func next() -> Timestamp {
        let second = seconds.withLock { seconds in
            seconds += 1
            return seconds
        }
        return (Timestamp("2026-11-24T12:00:00Z") ?? .zero) + .seconds(second)
    }
}
