// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// Our swift-metrics backend: keeps every series of the process and hands out what they are now.
///
/// Two handlers of the same label and dimensions are the same series. A label is of one type; a second type under the
/// same label gets a series that is counted but not shown, since a page with both would be refused by its reader.
package final class MetricsRegistry: MetricsFactory {
    private enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    private struct Family {
        var kind: MetricFamily.Kind
        var series: [[MetricFamily.Label]: Series] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let descriptions = Mutex<[String: String]>([:])
    private let bounds: [String: [Double]]

    /// Bounds of time and size distributions that name none, as Prometheus' own clients have them.
    package static let defaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// - Parameter bounds: By label, the ascending upper bounds of histograms.
    package init(bounds: [String: [Double]] = [:]) { self.bounds = bounds }

    /// What a family is about, for its `# HELP` line.
    package func describe(_ name: String, _ help: String) {
        descriptions.withLock { $0[name] = help }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { counter(label, dimensions) }
    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { gauge(label, dimensions) }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { histogram(label, dimensions) }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
    }

    // A series that was once shown stays: readers compute rates from it.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        let series = series(label, dimensions, .counter) { .counter(CounterSeries()) }
        if case .counter(let series) = series { return series }
        return CounterSeries()
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        let series = series(label, dimensions, .gauge) { .gauge(GaugeSeries()) }
        if case .gauge(let series) = series { return series }
        return GaugeSeries()
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        let bounds = bounds[label] ?? Self.defaultBounds
        let series = series(label, dimensions, .histogram) { .histogram(HistogramSeries(bounds: bounds)) }
        if case .histogram(let series) = series { return series }
        return HistogramSeries(bounds: bounds)
    }

    /// The series under that label and those dimensions; nil where the label is of another type.
    private func series(_ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind, make: () -> Series) -> Series? {
        let name = MetricFamily.validName(label)
        let labels = dimensions.map { MetricFamily.Label(name: MetricFamily.validName($0.0), value: $0.1) }.sorted { $0.name < $1.name }
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            guard family.kind == kind else { return nil }
            let series = family.series[labels] ?? make()
            family.series[labels] = series
            families[name] = family
            return series
        }
    }

    /// All families as they are now, in the order of their names.
    package var snapshot: [MetricFamily] {
        let descriptions = descriptions.withLock { $0 }
        return families.withLock { $0 }.sorted { $0.key < $1.key }.map { name, family in
            let samples = family.series.map { MetricFamily.Sample(labels: $0.key, value: Self.value(of: $0.value)) }
            return MetricFamily(name: name, kind: family.kind, help: descriptions[name] ?? "", samples: samples.sorted { $0.order < $1.order })
        }
    }

    private static func value(of series: Series) -> MetricFamily.Value {
        switch series {
        case .counter(let series): return .number(series.value)
        case .gauge(let series): return .number(series.value)
        case .histogram(let series):
            let value = series.value
            return .histogram(bounds: value.bounds, counts: value.counts, sum: value.sum)
        }
    }
}
