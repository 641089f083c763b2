// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import Testing

extension EndToEnd {
    /// Service accounts, roles and tokens with real kubectl, outside of pods and inside.
    @Suite("identities in the lab", .serialized)
    struct IdentityTests {
        @Test("a service account may do what it is given, and the programs of a pod are its account")
        func identities() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            let directory = try LabProcess.temporaryDirectory()
            try "- {image: \"kubectl\", command: [\"\(program)\"]}\n".write(toFile: "\(directory)/images.yaml", atomically: true, encoding: .utf8)
            try await withLab(offset: 5700, directory: directory) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                let applied = try await kubectl("apply", "-f", "-", input: Self.objects)
                #expect(applied.status == 0, "\(applied.text)")
                try await outside(kubectl, lab)
                try await inside(kubectl)
                try await canI(kubectl)
            }
        }

        @Test("without its metrics server a lab leaves that API, its roles and its names to manifests")
        func leavesMetricsAPI() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            let directory = try LabProcess.temporaryDirectory()
            // An earlier run that had one: what it registered goes.
            let first = try LabProcess(directory: directory, offset: 5900)
            try await first.waitUntilReady()
            try await first.stop()
            try await withLab(offset: 5900, directory: directory, arguments: ["--without", "metrics-server"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                #expect(try await kubectl("get", "apiservice", "v1beta1.metrics.k8s.io").text.contains("NotFound"))
                #expect(try await kubectl("top", "nodes").text.contains("Metrics API not available"))
                let applied = try await kubectl("apply", "-f", "-", input: Self.registration)
                #expect(
                    applied.status == 0 && applied.text.contains("apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io created"),
                    "\(applied.text)")
                let shown = try await kubectl.eventually(
                    "get", "apiservice", "v1beta1.metrics.k8s.io", "-o", "jsonpath={.status.conditions[0].reason}"
                ) {
                    !$0.output.isEmpty
                }
                #expect(shown.output == "ServiceNotFound")
                let deleted = try await kubectl("delete", "-f", "-", input: Self.registration)
                #expect(deleted.status == 0, "\(deleted.text)")
            }
        }

        private static let registration = """
            {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
             "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": true,
                      "service": {"namespace": "kube-system", "name": "my-metrics-server"}}}
            """

        /// With a token and nothing else.
        private func outside(_ kubectl: Kubectl, _ lab: LabProcess) async throws {
            func token(_ spec: String) async throws -> String {
                let request = "{\"apiVersion\": \"authentication.k8s.io/v1\", \"kind\": \"TokenRequest\", \"spec\": \(spec)}"
                let made = try await kubectl("create", "--raw", "/api/v1/namespaces/shop/serviceaccounts/robot/token", "-f", "-", input: request)
                #expect(made.status == 0, "\(made.text)")
                return (try? JSONValue.parse(made.output))?.value(at: "status", "token")?.string ?? ""
            }
            func list(_ token: String) async throws -> ToolResult {
                let server = ["--server", "https://127.0.0.1:\(6443 + lab.offset)", "--certificate-authority", "\(lab.directory)/pki/ca.crt"]
                return try await Tool.run(
                    kubectl.program, ["--kubeconfig", "/dev/null", "--token", token] + server + ["get", "services", "-n", "shop"])
            }
            let made = try await kubectl("create", "token", "robot", "-n", "shop", "--duration", "10m")
            #expect(made.status == 0, "\(made.text)")
            let robot = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let refused = try await list(robot)
            #expect(refused.status == 1)
            #expect(
                refused.text.contains(
                    "Error from server (Forbidden): services is forbidden: User \"system:serviceaccount:shop:robot\" cannot list resource \"services\" in API group \"\" in the namespace \"shop\""
                ), "\(refused.text)")
            let bound = try await kubectl("apply", "-f", "-", input: Self.binding)
            #expect(bound.status == 0, "\(bound.text)")
            #expect(try await list(robot).text.contains("No resources found in shop namespace."))
            let vault = try await list(try await token("{\"audiences\": [\"vault\"]}"))
            #expect(vault.text.contains("Unauthorized") || vault.text.contains("must be logged in"), "\(vault.text)")
            #expect(try await list(robot + "x").status == 1)
        }

        /// In-cluster configuration: the token, the authority and the address that every pod has.
        private func inside(_ kubectl: Kubectl) async throws {
            let made = try await kubectl("apply", "-f", "-", input: Self.pod)
            #expect(made.status == 0, "\(made.text)")
            let done = try await kubectl.eventually("get", "pod", "client", "-n", "shop", "-o", "jsonpath={.status.phase}") {
                $0.output == "Succeeded" || $0.output == "Failed"
            }
            let log = try await kubectl("logs", "client", "-n", "shop")
            #expect(done.output == "Succeeded", "\(log.text)")
            #expect(log.output.contains("\"username\":\"system:serviceaccount:shop:robot\""), "\(log.text)")
            #expect(log.output.contains("\"authentication.kubernetes.io/pod-name\""), "\(log.text)")
        }

        private func canI(_ kubectl: Kubectl) async throws {
            let roles = try await kubectl("get", "clusterroles")
            #expect(roles.output.contains("system:controller:horizontal-pod-autoscaler"))
            let admin = try await kubectl("get", "clusterrole", "view", "-o", "jsonpath={.rules[*].resources}")
            #expect(admin.output.contains("horizontalpodautoscalers") && admin.output.contains("nodes"), "with metrics.k8s.io, aggregated")
            let bindings = try await kubectl("get", "rolebindings", "-n", "shop", "-o", "wide")
            #expect(bindings.output.contains("Role/reader") && bindings.output.contains("shop/robot"), "\(bindings.text)")
            let described = try await kubectl("describe", "clusterrole", "system:auth-delegator")
            #expect(described.output.contains("tokenreviews.authentication.k8s.io"), "\(described.text)")
            let mine = try await kubectl("auth", "can-i", "--list", "-n", "shop")
            #expect(mine.output.contains("*.*") && mine.status == 0, "\(mine.text)")
            #expect(try await kubectl("auth", "can-i", "create", "pods").output.hasPrefix("yes"))
            let robot = "system:serviceaccount:shop:robot"
            #expect(try await kubectl("auth", "can-i", "list", "services", "-n", "shop", "--as", robot).output.hasPrefix("yes"))
            #expect(try await kubectl("auth", "can-i", "list", "pods", "-n", "shop", "--as", robot).output.hasPrefix("no"))
            let asOther = try await kubectl("get", "pods", "-n", "shop", "--as", "bob", "--as-group", "team")
            #expect(asOther.text.contains("pods is forbidden: User \"bob\" cannot list resource \"pods\""), "\(asOther.text)")
            let secrets = try await kubectl("get", "secret", "key", "-n", "shop", "-o", "jsonpath={.data.word}")
            #expect(secrets.output == "aGVsbG8=")
        }

        private static let objects = """
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
            ---
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "shop"}}
            ---
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "shop"}, "stringData": {"word": "hello"}}
            """

        private static let binding = """
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader", "namespace": "shop"},
             "rules": [{"apiGroups": [""], "resources": ["services"], "verbs": ["get", "list"]}]}
            ---
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "robots", "namespace": "shop"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
             "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": "shop"}]}
            """

        private static let pod = """
            apiVersion: v1
            kind: Pod
            metadata: {name: client, namespace: shop}
            spec:
              serviceAccountName: robot
              restartPolicy: Never
              containers:
              - name: kubectl
                image: kubectl
                args: [create, --raw, /apis/authentication.k8s.io/v1/selfsubjectreviews, -f, /etc/review/review.json]
                volumeMounts: [{name: review, mountPath: /etc/review}]
              volumes:
              - name: review
                configMap: {name: review}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: review, namespace: shop}
            data:
              review.json: '{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}'
            """
    }
}
