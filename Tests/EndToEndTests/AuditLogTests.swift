// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// Who did what, by the flags and the policy of kube-apiserver.
    @Suite("the audit log of a lab", .serialized)
    struct AuditLogTests {
        @Test("tells of each request as the policy says, with what kubectl sent, and of secrets that they were asked for")
        func audit() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            let directory = try LabProcess.temporaryDirectory()
            try Self.policy.write(toFile: "\(directory)/policy.json", atomically: true, encoding: .utf8)
            let log = "\(directory)/audit.log"
            let flags = ["--audit-policy-file", "\(directory)/policy.json", "--audit-log-path", log]
            let events = try await withLab(offset: 7100, directory: directory, arguments: flags) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                #expect(try await kubectl("create", "deployment", "web", "--image=stefanprodan/podinfo:0.0.1").status == 0)
                #expect(try await kubectl("create", "secret", "generic", "key", "--from-literal=word=xyzzy").status == 0)
                #expect(try await kubectl("get", "pods", "--as", "bob").status == 1)
                #expect(try await kubectl("get", "configmaps").status == 0)
                return try await Self.events(log) { $0.contains { $0["verb"] == "list" && $0.value(at: "objectRef", "resource") == "pods" } }
            }
            let created = events.first { $0["verb"] == "create" && $0.value(at: "objectRef", "resource") == "deployments" }
            #expect(created?["level"] == "RequestResponse")
            #expect(created?["stage"] == "ResponseComplete")
            #expect(created?.value(at: "user", "username") == "kubernetes-admin")
            #expect(created?.value(at: "requestObject", "metadata", "name") == "web")
            #expect(created?.value(at: "responseObject", "metadata", "uid") != nil)
            #expect(created?.value(at: "responseStatus", "code") == 201)
            let secret = events.first { $0["verb"] == "create" && $0.value(at: "objectRef", "resource") == "secrets" }
            #expect(secret?["level"] == "Metadata")
            #expect(secret?["requestObject"] == nil)
            let refused = events.first { $0.value(at: "impersonatedUser", "username") == "bob" && $0.value(at: "objectRef", "resource") == "pods" }
            #expect(refused?.value(at: "annotations", "authorization.k8s.io/decision") == "forbid")
            #expect(refused?.value(at: "responseStatus", "reason") == "Forbidden")
            #expect(!events.contains { $0.value(at: "objectRef", "resource") == "configmaps" })
        }

        /// The log's events, once they are as `isComplete` wants them.
        private static func events(_ path: String, until isComplete: ([JSONValue]) -> Bool) async throws -> [JSONValue] {
            let deadline = ContinuousClock.now + .seconds(30)
            while true {
                let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                #expect(!text.contains("xyzzy") && !text.contains(Data("xyzzy".utf8).base64EncodedString()), "no secret stands in the log")
                // The last line may be under way.
                let events = text.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) }
                if isComplete(events) { return events }
                guard ContinuousClock.now < deadline else { throw LabFailure(message: "the audit log has no such event:\n\(text.suffix(2000))") }
                try await Task.sleep(for: .milliseconds(100))
            }
        }

        private static let policy = """
            {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
              {"level": "None", "resources": [{"resources": ["configmaps"]}]},
              {"level": "RequestResponse", "users": ["kubernetes-admin"], "verbs": ["create"]},
              {"level": "Metadata"}]}
            """
    }
}
