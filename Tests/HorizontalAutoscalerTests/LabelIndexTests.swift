// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import HorizontalAutoscaler

@Suite("The index by labels")
struct LabelIndexTests {
    static let selectors = [
        "app=web", "app==web,tier=front", "app in (web)", "app in (web,db)", "app!=web", "tier", "!tier", "app=none", "app=web,tier!=front",
    ]

    @Test("finds what looking at each value would", arguments: selectors)
    func agreesWithLooking(_ text: String) throws {
        let selector = try LabelSelector(parsing: text)
        var labels: [String: [String: String]] = [:]
        var index = LabelIndex<String>()
        for number in 0..<60 {
            let name = "pod-\(number % 40)"
            var own = ["app": ["web", "db", "cache"][number % 3]]
            if number % 2 == 0 { own["tier"] = number % 4 == 0 ? "front" : "back" }
            labels[name] = own
            index.insert(name, name: name, labels: own)
            if number % 7 == 0 {
                labels[name] = nil
                index.remove(name)
            }
        }
        #expect(index.matching(selector) == labels.filter { selector.matches($0.value) }.keys.sorted())
        for name in labels.keys { index.remove(name) }
        #expect(index.isEmpty)
        #expect(index.matching(selector) == [])
    }
}
