// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// A kind that its user defines, with real kubectl.
    @Suite("custom resources in the lab", .serialized)
    struct CustomResourceTests {
        @Test("a defined kind is applied, shown, scaled and collected as a built-in one")
        func customResources() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            try await withLab(offset: 6300) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                let defined = try await kubectl("apply", "-f", "-", input: Self.definition)
                #expect(defined.status == 0, "\(defined.text)")
                let established = try await kubectl("wait", "--for", "condition=established", "crd/workshops.example.com", "--timeout", "20s")
                #expect(established.output.contains("condition met"), "\(established.text)")
                try await objects(kubectl)
                try await serverSide(kubectl)
                try await autoscaler(kubectl)
                try await owners(kubectl)
                try await deletion(kubectl)
            }
        }

        private func objects(_ kubectl: Kubectl) async throws {
            let applied = try await kubectl("apply", "-f", "-", input: Self.workshop)
            #expect(applied.output.contains("workshop.example.com/forge created"), "\(applied.text)")
            let again = try await kubectl("apply", "-f", "-", input: Self.workshop)
            #expect(again.output.contains("workshop.example.com/forge unchanged"), "\(again.text)")
            let table = try await kubectl("get", "ws", "-o", "wide")
            #expect(table.output.hasPrefix("NAME    BENCHES   COLOUR"), "\(table.text)")
            #expect(table.output.contains(/forge +1 +red/), "\(table.text)")
            #expect(try await kubectl("get", "all").output.contains("workshop.example.com/forge"))
            let wrong = try await kubectl(
                "apply", "-f", "-", input: Self.workshop.replacingOccurrences(of: "\"benches\": 1", with: "\"benches\": -1"))
            #expect(
                wrong.text.contains("spec.benches: Invalid value: -1: spec.benches in body should be greater than or equal to 0"), "\(wrong.text)")
            let unknown = try await kubectl("apply", "-f", "-", input: Self.workshop.replacingOccurrences(of: "\"benches\"", with: "\"benchs\""))
            #expect(unknown.status != 0 && unknown.text.contains("unknown field \"spec.benchs\""), "\(unknown.text)")
            let explained = try await kubectl("explain", "workshop.spec.benches")
            #expect(explained.output.contains("How many can work at once"), "\(explained.text)")
            let patched = try await kubectl("patch", "ws", "forge", "--type", "merge", "-p", "{\"spec\": {\"colour\": \"blue\"}}")
            #expect(patched.output.contains("workshop.example.com/forge patched"), "\(patched.text)")
            #expect(try await kubectl("label", "ws/forge", "place=yard").status == 0)
            #expect(try await kubectl("get", "ws", "-l", "place=yard", "-o", "jsonpath={.items[0].spec.colour}").output == "blue")
        }

        private func serverSide(_ kubectl: Kubectl) async throws {
            let input = Self.workshop.replacingOccurrences(of: "\"benches\": 1", with: "\"benches\": 3")
            let conflict = try await kubectl("apply", "--server-side", "--field-manager", "other", "-f", "-", input: input)
            #expect(conflict.status != 0 && conflict.text.contains("conflict"), "\(conflict.text)")
            let forced = try await kubectl("apply", "--server-side", "--force-conflicts", "--field-manager", "other", "-f", "-", input: input)
            #expect(forced.output.contains("serverside-applied"), "\(forced.text)")
        }

        /// The one below its least size is taken there, whatever it measures.
        private func autoscaler(_ kubectl: Kubectl) async throws {
            let scaled = try await kubectl("scale", "ws/forge", "--replicas", "1")
            #expect(scaled.output.contains("scaled"), "\(scaled.text)")
            let applied = try await kubectl("apply", "-f", "-", input: Self.autoscaler)
            #expect(applied.status == 0, "\(applied.text)")
            let grown = try await kubectl.eventually("get", "ws", "forge", "-o", "jsonpath={.spec.benches}") { $0.output == "4" }
            #expect(grown.status == 0)
            #expect(try await kubectl("delete", "hpa", "forge").status == 0)
        }

        private func owners(_ kubectl: Kubectl) async throws {
            let uid = try await kubectl("get", "ws", "forge", "-o", "jsonpath={.metadata.uid}").output
            let owned = """
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned", "namespace": "default", "ownerReferences":
                  [{"apiVersion": "example.com/v1", "kind": "Workshop", "name": "forge", "uid": "\(uid)"}]}}
                """
            #expect(try await kubectl("apply", "-f", "-", input: owned).status == 0)
            #expect(try await kubectl("delete", "ws", "forge").status == 0)
            let gone = try await kubectl.eventually("get", "configmap", "owned") { $0.status != 0 }
            #expect(gone.text.contains("NotFound"), "\(gone.text)")
        }

        private func deletion(_ kubectl: Kubectl) async throws {
            let created = try await kubectl("apply", "-f", "-", input: Self.workshop)
            #expect(created.status == 0, "\(created.text)")
            let deleted = try await kubectl("delete", "crd", "workshops.example.com")
            #expect(deleted.status == 0, "\(deleted.text)")
            let kind = try await kubectl("get", "workshops")
            // kubectl may still know the kind from before.
            #expect(kind.status != 0 && kind.text.contains(/doesn't have a resource type|could not find the requested resource/), "\(kind.text)")
        }

        private static let definition = """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "workshops.example.com"}, "spec": {
              "group": "example.com", "scope": "Namespaced",
              "names": {"plural": "workshops", "kind": "Workshop", "shortNames": ["ws"], "categories": ["all"]},
              "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "description": "A place to work in", "properties": {
                  "spec": {"type": "object", "properties": {
                    "benches": {"type": "integer", "minimum": 0, "description": "How many can work at once"},
                    "colour": {"type": "string", "default": "red"}}},
                  "status": {"type": "object", "properties": {"busy": {"type": "integer"}, "selector": {"type": "string"}}}}}},
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.benches", "statusReplicasPath": ".status.busy",
                  "labelSelectorPath": ".status.selector"}},
                "additionalPrinterColumns": [{"name": "Benches", "type": "integer", "jsonPath": ".spec.benches"},
                  {"name": "Colour", "type": "string", "jsonPath": ".spec.colour", "priority": 1}]}]}}
            """

        private static let workshop = """
            {"apiVersion": "example.com/v1", "kind": "Workshop", "metadata": {"name": "forge", "namespace": "default"}, "spec": {"benches": 1}}
            """

        private static let autoscaler = """
            {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "forge", "namespace": "default"}, "spec": {
              "scaleTargetRef": {"apiVersion": "example.com/v1", "kind": "Workshop", "name": "forge"}, "minReplicas": 4, "maxReplicas": 6}}
            """
    }
}
