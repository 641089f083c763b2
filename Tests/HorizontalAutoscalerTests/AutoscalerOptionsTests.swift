// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ScalingRules
import Testing

@testable import HorizontalAutoscaler

@Suite("The autoscaler's flags")
struct AutoscalerOptionsTests {
    @Test("have the defaults that they say", arguments: AutoscalerOptions.flags.map { [$0.name, $0.defaultText] })
    func defaults(_ flag: [String]) throws {
        var options = AutoscalerOptions()
        try options.set(flag[0], to: flag[1])
        #expect(options == AutoscalerOptions())
    }

    @Test("set what they name")
    func sets() throws {
        var options = AutoscalerOptions()
        try options.set("horizontal-pod-autoscaler-sync-period", to: "1s")
        try options.set("horizontal-pod-autoscaler-tolerance", to: "0.2")
        try options.set("horizontal-pod-autoscaler-downscale-stabilization", to: "1m30s")
        #expect(options.syncPeriod == .seconds(1))
        #expect(options.settings.tolerance == Tolerance(up: 0.2, down: 0.2))
        #expect(options.settings.downscaleStabilization == .seconds(90))
    }

    static let mistakes = [
        ["horizontal-pod-autoscaler-sync-period", "0s"], ["horizontal-pod-autoscaler-sync-period", "15"],
        ["horizontal-pod-autoscaler-downscale-stabilization", "-1m"], ["horizontal-pod-autoscaler-tolerance", "nan"],
        ["concurrent-horizontal-pod-autoscaler-syncs", "0"], ["horizontal-pod-autoscaler-use-rest-clients", "false"], ["nonsense", "1"],
    ]

    @Test("refuse what makes no sense, by name", arguments: mistakes)
    func refuses(_ flag: [String]) {
        var options = AutoscalerOptions()
        let error = #expect(throws: AutoscalerOptions.FlagError.self) { try options.set(flag[0], to: flag[1]) }
        #expect(error?.description.contains("--\(flag[0])") == true)
    }
}
