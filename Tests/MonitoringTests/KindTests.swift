// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import Monitoring

@Suite("The operator's kinds")
struct KindTests {
    @Test("are all there, each defined as an object that gives way to the real definition", arguments: MonitoringKind.all)
    func definition(kind: MonitoringKind) {
        let definition = kind.definition
        #expect(definition.name == "\(kind.plural).monitoring.coreos.com")
        #expect(definition.isPlaceholder)
        #expect(definition.spec.value(at: "names", "kind")?.string == kind.kind)
        let versions = definition.spec["versions"]?.array ?? []
        #expect(versions.count == 1 && versions[0]["name"]?.string == kind.version && versions[0]["storage"] == true)
    }
}
