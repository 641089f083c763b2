// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("The revisions of a set")
struct RevisionTests {
    private func template(_ image: String) -> JSONValue {
        ["metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "main", "image": .string(image)]]]]
    }

    @Test("a template that is new gets the next number, one that comes back too, and the newest keeps its own")
    func step() {
        let (one, two) = (SetSamples.revision("a", 1, image: "1"), SetSamples.revision("b", 2, image: "2"))
        #expect(RevisionRules.step(for: template("1"), among: []) == .make(number: 1))
        #expect(RevisionRules.step(for: template("3"), among: [two, one]) == .make(number: 3))
        #expect(RevisionRules.step(for: template("2"), among: [two, one]) == .keep(two))
        #expect(RevisionRules.step(for: template("1"), among: [one, two]) == .renumber(one, to: 3))
        let twin = SetSamples.revision("c", 2, image: "1")
        #expect(RevisionRules.step(for: template("1"), among: [one, two, twin]) == .renumber(twin, to: 3), "no two are the newest")
    }

    @Test("the oldest revisions beyond the limit go, those in use never")
    func surplus() {
        let all = (1...5).map { SetSamples.revision("r\($0)", Int64($0), image: "\($0)") }
        #expect(RevisionRules.surplus(all, inUse: ["r1", "r5"], limit: 1).map(\.name) == ["r2", "r3"])
        #expect(RevisionRules.surplus(all, inUse: ["r5"], limit: 10).isEmpty)
        #expect(RevisionRules.surplus(all, inUse: [], limit: 0).count == 5)
    }

    @Test("a revision is a patch that brings its template back, under a name that follows from it")
    func object() throws {
        let set = SetSamples.statefulSet { $0.annotations = ["kubernetes.io/change-cause": "why"] }
        let owner = RevisionHistory.Owner(
            object: set.object, template: template("1"), selector: try #require(set.selector), hashLabel: "controller.kubernetes.io/hash",
            collisions: 0)
        let made = RevisionHistory.object(7, owner, collisions: 0)
        let hash = try #require(made.labels["controller.kubernetes.io/hash"])
        #expect(made.name == "web-\(hash)")
        #expect(made.labels["app"] == "web")
        #expect(made.annotations == ["kubernetes.io/change-cause": "why"])
        #expect(made.controller?.uid == "uid-web")
        #expect(Revision(made).number == 7)
        #expect(Revision(made).template == template("1"))
        #expect(made.value(at: "data", "spec", "template", "$patch") == "replace")
        #expect(RevisionHistory.object(7, owner, collisions: 1).name != made.name)
    }
}
