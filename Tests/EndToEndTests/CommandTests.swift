// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// The commands by which users make and change objects, each through every kubectl that users have.
    @Suite("kubectl's commands work as on a real cluster", .serialized)
    struct CommandTests {
        @Test("kubectl 1.20, 1.32 and 1.37 make, apply, patch and ask as users do")
        func commands() async throws {
            try await withLab(offset: 6900) { lab in
                for version in ["1.20", "1.32", "1.37"] {
                    let program = try Tool.require(Tool.kubectl(version), "kubectl \(version)")
                    try await Session(
                        kubectl: Kubectl(program: program, kubeconfig: lab.kubeconfig), version: version,
                        namespace: "with-\(version.replacingOccurrences(of: ".", with: "-"))"
                    ).run()
                }
            }
        }

        /// One kubectl, in a namespace of its own.
        private struct Session {
            let kubectl: Kubectl
            let version: String
            let namespace: String

            func run() async throws {
                try await creates()
                try await applies()
                try await appliesOnServer()
                try await patches()
                try await asks()
                try await customKinds()
                try await expect(["delete", "namespace", namespace, "--wait=false"], "namespace \"\(namespace)\" deleted", isNamespaced: false)
            }

            /// Runs it in the namespace, and demands that it succeeds and says so.
            @discardableResult
            private func expect(
                _ arguments: [String], _ text: String, input: String? = nil, status: Int32 = 0, isNamespaced: Bool = true,
                location: SourceLocation = #_sourceLocation
            ) async throws -> ToolResult {
                let place = isNamespaced ? ["--namespace", namespace] : []
                let result = try await Tool.run(kubectl.program, ["--kubeconfig", kubectl.kubeconfig] + place + arguments, input: input)
                #expect(
                    result.status == status && result.text.contains(text), "kubectl \(version) \(arguments.joined(separator: " ")): \(result.text)",
                    sourceLocation: location)
                return result
            }

            private func creates() async throws {
                try await expect(["create", "namespace", namespace], "namespace/\(namespace) created", isNamespaced: false)
                try await expect(["create", "configmap", "words", "--from-literal=a=1"], "configmap/words created")
                try await expect(["create", "deployment", "web", "--image=stefanprodan/podinfo:0.0.1"], "deployment.apps/web created")
                try await expect(["autoscale", "deployment", "web", "--min=1", "--max=3"], "horizontalpodautoscaler.autoscaling/web autoscaled")
                try await expect(["create", "secret", "generic", "key", "--from-literal=word=hello"], "secret/key created")
                try await expect(["create", "serviceaccount", "robot"], "serviceaccount/robot created")
                try await expect(["create", "role", "reader", "--verb=get,list", "--resource=services"], "reader created")
                try await expect(
                    ["create", "rolebinding", "robots", "--role=reader", "--serviceaccount=\(namespace):robot"], "robots created")
                try await expect(["create", "configmap", "words", "--from-literal=a=1"], "already exists", status: 1)
                let dryRun = try await expect(["create", "configmap", "dry", "--dry-run=server", "-o", "name"], "configmap/dry")
                #expect(dryRun.status == 0)
                try await expect(["get", "configmap", "dry"], "NotFound", status: 1)
                try await expect(["wait", "--for=condition=available", "deployment/web", "--timeout=60s"], "deployment.apps/web condition met")
            }

            private func applies() async throws {
                let first = Self.deployment(replicas: 1, image: "0.0.1")
                try await expect(["apply", "-f", "-"], "deployment.apps/applied created", input: first)
                try await expect(["apply", "-f", "-"], "deployment.apps/applied unchanged", input: first)
                let second = Self.deployment(replicas: 2, image: "0.0.2")
                let difference = try await expect(["diff", "-f", "-"], "+  replicas: 2", input: second, status: 1)
                #expect(difference.output.contains("podinfo:0.0.2"))
                try await expect(["apply", "-f", "-"], "deployment.apps/applied configured", input: second)
                // Merged by its key: the container keeps what others gave it.
                try await expect(
                    ["get", "deployment", "applied", "-o", "jsonpath={.spec.template.spec.containers[*].image}"], "stefanprodan/podinfo:0.0.2")
                let misspelt = try await expect(
                    ["apply", "-f", "-"], "replicaz", input: first.replacingOccurrences(of: "\"replicas\"", with: "\"replicaz\""), status: 1)
                #expect(misspelt.text.contains(version == "1.20" ? "ValidationError(Deployment.spec)" : "strict decoding error"), "\(misspelt.text)")
            }

            private func appliesOnServer() async throws {
                let words = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"words"},"data":{"a":"9"}}"#
                let refused = try await expect(["apply", "--server-side", "-f", "-"], "conflict with", input: words, status: 1)
                #expect(refused.text.contains(".data.a"))
                try await expect(["apply", "--server-side", "--force-conflicts", "-f", "-"], "configmap/words serverside-applied", input: words)
                try await expect(
                    ["diff", "--server-side", "--force-conflicts", "-f", "-"], "+  a: \"8\"", input: words.replacingOccurrences(of: "9", with: "8"),
                    status: 1)
                try await expect(["get", "configmap", "words", "-o", "jsonpath={.data.a}"], "9")
            }

            private func patches() async throws {
                try await expect(["patch", "configmap", "words", "-p", #"{"data":{"b":"2"}}"#], "configmap/words patched")
                try await expect(["patch", "configmap", "words", "--type=merge", "-p", #"{"data":{"c":"3"}}"#], "configmap/words patched")
                try await expect(
                    ["patch", "configmap", "words", "--type=json", "-p", #"[{"op":"remove","path":"/data/b"}]"#], "configmap/words patched")
                let data = try await expect(["get", "configmap", "words", "-o", "jsonpath={.data}"], #"{"a":"9","c":"3"}"#)
                #expect(data.status == 0)
                let environment = #"{"spec":{"template":{"spec":{"containers":[{"name":"podinfo","env":[{"name":"A","value":"1"}]}]}}}}"#
                try await expect(["patch", "deployment", "web", "--type=strategic", "-p", environment], "deployment.apps/web patched")
                try await expect(
                    ["get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}"], "stefanprodan/podinfo:0.0.1")
                try await expect(["label", "configmap", "words", "l=1"], "configmap/words labeled")
                try await expect(["annotate", "configmap", "words", "n=1"], "configmap/words annotated")
                try await expect(["label", "configmap", "words", "l=2"], "already has a value", status: 1)
                try await expect(["label", "--overwrite", "configmap", "words", "l=2"], "configmap/words labeled")
                try await expect(["get", "configmaps", "-l", "l=2", "-o", "name"], "configmap/words")
            }

            private func asks() async throws {
                try await expect(["explain", "deployment.spec.replicas"], "replicas <integer>")
                try await expect(["api-resources"], "horizontalpodautoscalers", isNamespaced: false)
                try await expect(["api-versions"], "rbac.authorization.k8s.io/v1", isNamespaced: false)
                let robot = "system:serviceaccount:\(namespace):robot"
                try await expect(["auth", "can-i", "create", "deployments"], "yes")
                try await expect(["auth", "can-i", "list", "services", "--as", robot], "yes")
                try await expect(["auth", "can-i", "list", "pods", "--as", robot], "no", status: 1)
                try await expect(["auth", "can-i", "get", "nodes", "--as", "system:kube-scheduler"], "yes", isNamespaced: false)
                try await expect(["auth", "can-i", "create", "clusterroles", "--as", "system:kube-scheduler"], "no", status: 1, isNamespaced: false)
                try await expect(["auth", "can-i", "--list", "--as", robot], "services")
                try await expect(["get", "services", "--as", robot], "No resources found")
                try await expect(
                    ["delete", "configmap", "words", "--as", robot],
                    "configmaps \"words\" is forbidden: User \"\(robot)\" cannot delete resource \"configmaps\" in API group \"\" in the namespace \"\(namespace)\"",
                    status: 1)
                guard version != "1.20" else { return }
                try await expect(["create", "token", "robot"], "ey")
            }

            private func customKinds() async throws {
                let name = namespace.replacingOccurrences(of: "-", with: "")
                try await expect(["apply", "-f", "-"], "created", input: Self.definition(name), isNamespaced: false)
                try await expect(
                    ["wait", "--for=condition=established", "crd/\(name)s.example.com", "--timeout=30s"], "condition met", isNamespaced: false)
                try await expect(["get", "crd"], "\(name)s.example.com", isNamespaced: false)
                let object = #"{"apiVersion":"example.com/v1","kind":"\#(name.capitalized)","metadata":{"name":"one"},"spec":{"size":3}}"#
                try await expect(["apply", "-f", "-"], "\(name).example.com/one created", input: object)
                try await expect(["apply", "-f", "-"], "\(name).example.com/one unchanged", input: object)
                let table = try await expect(["get", "\(name)s"], "SIZE")
                #expect(table.output.contains(/one +3/), "\(table.text)")
                try await expect(["explain", "\(name).spec.size"], "How large it is")
                try await expect(["patch", name, "one", "--type=merge", "-p", #"{"spec":{"size":4}}"#], "\(name).example.com/one patched")
                try await expect(["delete", "crd", "\(name)s.example.com"], "deleted", isNamespaced: false)
            }

            private static func deployment(replicas: Int, image: String) -> String {
                """
                {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "applied"}, "spec": {"replicas": \(replicas),
                 "selector": {"matchLabels": {"app": "applied"}}, "template": {"metadata": {"labels": {"app": "applied"}},
                 "spec": {"containers": [{"name": "main", "image": "stefanprodan/podinfo:\(image)"}]}}}}
                """
            }

            private static func definition(_ name: String) -> String {
                """
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "\(name)s.example.com"},
                 "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "\(name)s", "kind": "\(name.capitalized)"},
                 "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                   "spec": {"type": "object", "properties": {"size": {"type": "integer", "description": "How large it is"}}}}}},
                   "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]}]}}
                """
            }
        }
    }
}
