// swift-tools-version: 6.2
// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// This file is the map of the product: a target may import only what stands on its line, and lines point downward.
// docs/MAP.md says what each target is for; docs/dependencies.md says why each package is here.

import PackageDescription

let common: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // Says `any P` wherever a value is boxed, so that a box in a hot loop is seen.
    .enableUpcomingFeature("ExistentialAny"),
    // A file imports what it uses, rather than inheriting a sibling's imports.
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Rules without a world: no async, clock, logger, file or network, and strict memory safety.
func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: common + [.strictMemorySafety()])
}

func layer(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: common)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestKit"], exclude: exclude, resources: resources, swiftSettings: common)
}

extension Target.Dependency {
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioFoundation = product(name: "NIOFoundationCompat", package: "swift-nio")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioHTTP2 = product(name: "NIOHTTP2", package: "swift-nio-http2")
    static let x509 = product(name: "X509", package: "swift-certificates")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "_CryptoExtras", package: "swift-crypto")
    static let asn1 = product(name: "SwiftASN1", package: "swift-asn1")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let yams = product(name: "Yams", package: "Yams")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics = product(name: "CoreMetrics", package: "swift-metrics")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let heap = product(name: "HeapModule", package: "swift-collections")
    static let bigInt = product(name: "BigInt", package: "BigInt")
    static let systemPackage = product(name: "SystemPackage", package: "swift-system")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
}

let package = Package(
    name: "updraft",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "updraft", targets: ["updraft"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/attaswift/BigInt.git", from: "6.0.1"),
    ],
    targets: [
        // PURE
        pure("KubeModel", [.bigInt]),
        pure("KubeSchema", ["KubeModel"]),
        pure("ExpositionText"),
        pure("UsageWindow", ["KubeModel"]),
        pure("ScalingRules", ["KubeModel"]),
        pure("MetricRules", ["KubeModel", "RegularExpressions"]),
        // RE2, whose C++ only this one sees.
        .target(name: "RegularExpressions", dependencies: ["CRE2"], swiftSettings: common),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        // EDGES
        layer("KubeCoding", ["KubeModel", .yams]),
        layer("KubeStore", ["KubeModel", "KubeCoding", .serviceLifecycle]),
        layer("KubeStoreSQLite", ["KubeModel", "KubeCoding", "KubeStore", .grdb]),
        layer("KubePKI", ["KubeModel", .x509, .crypto, .cryptoExtras, .asn1]),
        layer("KubeClient", ["KubeModel", "KubeCoding", "KubePKI", .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .logging]),
        layer("PrometheusClient", ["KubeModel", "MetricRules", "KubeClient"]),
        pure("PrometheusConfiguration", ["KubeModel", "KubeCoding"]),
        layer("Telemetry", ["KubeModel", "ExpositionText", .logging, .metrics, .coreMetrics]),
        .target(name: "CLinux"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        // KITS
        layer(
            "APIServerKit",
            [
                "CZlib", "KubeModel", "KubeCoding", "KubePKI", .nioCore, .nioPosix, .nioHTTP1, .nioTLS, .nioSSL, .nioHTTP2, .x509, .asn1, .logging,
                .serviceLifecycle,
            ]),
        layer("ControllerKit", ["KubeModel", "KubeCoding", "KubeClient", .logging, .serviceLifecycle, .deque, .heap]),
        layer(
            "DelegatedAccess", ["KubeModel", "KubePKI", "KubeClient", "APIServerKit", "ControllerKit", .logging]),

        // FEATURES: never import one another
        layer(
            "MetricsAPI",
            [
                "CLinux", "KubeModel", "KubeCoding", "ExpositionText", "UsageWindow", "MetricRules", "PrometheusClient", "KubeClient", "KubePKI",
                "APIServerKit", "ControllerKit",
                "DelegatedAccess",
                "Telemetry", .nioCore, .nioPosix, .nioHTTP1, .nioTLS, .nioSSL, .deque, .heap, .logging, .serviceLifecycle,
            ]),
        layer(
            "HorizontalAutoscaler",
            [
                "KubeModel", "KubeCoding", "ScalingRules", "KubePKI", "KubeClient", "APIServerKit", "ControllerKit", "DelegatedAccess", "Telemetry",
                .nioHTTP1, .logging, .coreMetrics, .serviceLifecycle,
            ]),
        layer(
            "ControlPlane",
            [
                "KubeModel", "ExpositionText", "KubeSchema", "KubeCoding", "KubeStore", "KubePKI", "KubeClient", "APIServerKit", "ControllerKit", "Telemetry",
                .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .logging, .serviceLifecycle,
            ]),
        layer(
            "NodeAgent",
            [
                "CLinux", "KubeModel", "KubeCoding", "KubePKI", "ExpositionText", "KubeClient", "APIServerKit", "ControllerKit", "DelegatedAccess",
                "Telemetry",
                .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .logging, .serviceLifecycle, .subprocess, .systemPackage,
            ]),
        layer(
            "Monitoring",
            [
                "KubeModel", "KubePKI", "KubeClient", "ControllerKit", "PrometheusConfiguration", .asyncHTTPClient, .nioCore, .nioHTTP1, .logging,
                .serviceLifecycle, .subprocess, .systemPackage,
            ]),
        layer("Podinfo", ["ExpositionText", .crypto, .nioCore, .nioPosix, .nioHTTP1]),

        // APP
        layer(
            "Commands",
            [
                "CLinux", "KubeModel", "KubeSchema", "KubeCoding", "KubeStore", "KubeStoreSQLite", "KubePKI", "KubeClient", "Telemetry",
                "APIServerKit",
                "ControllerKit", "MetricsAPI", "HorizontalAutoscaler", "ScalingRules", "MetricRules", "PrometheusClient", "ControlPlane", "NodeAgent",
                "Monitoring", "Podinfo",
                .argumentParser, .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .logging, .serviceLifecycle, .unixSignals, .subprocess,
            ],
            // In the program itself, byte for byte, so that `updraft demo` needs no file beside it.
            resources: [.embedInCode("Demo/Manifests/podinfo-deployment.yaml"), .embedInCode("Demo/Manifests/podinfo-hpa.yaml")]),
        .executableTarget(name: "updraft", dependencies: ["Commands"], swiftSettings: common),

        // MEASUREMENTS: `make bench`
        .executableTarget(
            name: "store-bench", dependencies: ["KubeModel", "KubeStore", "KubeStoreSQLite"], path: "Benchmarks/StoreBench", swiftSettings: common),
        // Also run by KubeStoreTests, which finds it beside itself.
        .executableTarget(
            name: "store-torture", dependencies: ["KubeModel", "KubeStore", "KubeStoreSQLite"], path: "Benchmarks/StoreTorture",
            swiftSettings: common),

        .executableTarget(
            name: "apiserver-bench",
            dependencies: [
                "BenchKit", "KubeModel", "KubePKI", "KubeStore", "KubeStoreSQLite", "APIServerKit", "ControlPlane", .grdb, .nioCore, .nioPosix,
                .nioHTTP1,
                .nioSSL,
                .logging, .serviceLifecycle,
            ], path: "Benchmarks/APIServerBench", swiftSettings: common),

        // A farm of kubelets, and the metrics server that scrapes it.
        .executableTarget(
            name: "metrics-server-bench",
            dependencies: [
                "BenchKit", "KubeModel", "KubePKI", .nioCore, .nioPosix, .nioHTTP1, .nioSSL,
            ], path: "Benchmarks/MetricsServerBench", swiftSettings: common),
        // Series, a real Prometheus that scrapes them, and the metrics server that makes metrics of them by rules.
        .executableTarget(
            name: "metric-rules-bench", dependencies: ["BenchKit", "KubeModel", .nioCore, .nioPosix, .nioHTTP1],
            path: "Benchmarks/MetricRulesBench", swiftSettings: common),
        .target(
            name: "BenchKit",
            dependencies: [
                "KubeModel", "KubePKI", "KubeClient", "KubeStore", "KubeStoreSQLite", "APIServerKit", "ControlPlane", .nioCore, .nioPosix, .nioHTTP1,
                .nioSSL, .logging, .serviceLifecycle,
            ], path: "Benchmarks/BenchKit", swiftSettings: common),

        .target(name: "CAllocationCount", path: "Benchmarks/CAllocationCount"),
        .executableTarget(
            name: "autoscaler-bench",
            dependencies: [
                "CAllocationCount", "KubeModel", "KubePKI", "KubeClient", "KubeStore", "KubeStoreSQLite", "APIServerKit", "ControlPlane",
                "HorizontalAutoscaler", .logging, .serviceLifecycle,
            ], path: "Benchmarks/AutoscalerBench", swiftSettings: common),
        .executableTarget(
            name: "autoscaler-simulation", dependencies: ["AutoscalerSimulation"], path: "Benchmarks/AutoscalerSimulation", swiftSettings: common),

        .executableTarget(name: "fuzz", dependencies: ["Fuzzing"], path: "Benchmarks/Fuzz", swiftSettings: common),

        // TESTS
        layer(
            "Fuzzing",
            [
                "KubeModel", "KubeCoding", "KubeSchema", "ExpositionText", "UsageWindow", "APIServerKit", "MetricsAPI", "MetricRules", "TestKit",
                .nioHTTP1,
            ]),
        tests("FuzzingTests", ["Fuzzing"]),
        layer(
            "AutoscalerSimulation",
            ["KubeModel", "KubeClient", "ControllerKit", "HorizontalAutoscaler", "TestKit", .logging]),
        layer("TestKit", ["KubeModel", "KubeCoding", "KubeStore", "KubeClient", .nioCore]),
        tests("KubeModelTests", ["KubeModel", "KubeCoding"], resources: [.copy("Vectors")]),
        tests("KubeSchemaTests", ["KubeModel", "KubeSchema", "KubeCoding"], resources: [.copy("Vectors")]),
        tests("KubeCodingTests", ["KubeModel", "KubeCoding"]),
        tests("ExpositionTextTests", ["KubeModel", "ExpositionText"], resources: [.copy("Vectors")]),
        tests("UsageWindowTests", ["KubeModel", "UsageWindow"]),
        tests("ScalingRulesTests", ["KubeModel", "KubeCoding", "ScalingRules"], resources: [.copy("Vectors")]),
        tests("MetricRulesTests", ["KubeModel", "KubeCoding", "MetricRules", "RegularExpressions"], resources: [.copy("Vectors")]),
        tests("PrometheusClientTests", ["KubeModel", "KubeClient", "MetricRules", "PrometheusClient"]),
        tests(
            "PrometheusConfigurationTests", ["KubeModel", "KubeCoding", "PrometheusConfiguration"], resources: [.copy("Vectors")]),
        tests("MonitoringTests", ["KubeModel", "KubeCoding", "KubeClient", "PrometheusConfiguration", "Monitoring", .logging]),
        tests("KubeStoreTests", ["KubeModel", "KubeCoding", "KubeClient", "KubeStore", "KubeStoreSQLite", .grdb]),
        tests("TelemetryTests", ["KubeModel", "Telemetry", .logging, .metrics]),
        tests("KubePKITests", ["KubeModel", "KubePKI", .x509]),
        tests("KubeClientTests", ["KubeModel", "KubeCoding", "KubeClient", "KubePKI", .nioCore, .nioPosix, .nioSSL]),
        tests(
            "APIServerKitTests",
            [
                "KubeModel", "KubeCoding", "KubePKI", "APIServerKit", .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .logging,
                .serviceLifecycle,
            ],
            resources: [.copy("Vectors")]),
        tests("ControllerKitTests", ["KubeModel", "KubeCoding", "KubeClient", "ControllerKit", .logging, .serviceLifecycle]),
        tests(
            "MetricsAPITests",
            [
                "CZlib", "KubeModel", "KubeCoding", "KubePKI", "KubeClient", "APIServerKit", "DelegatedAccess", "ExpositionText", "UsageWindow",
                "MetricRules", "PrometheusClient",
                "MetricsAPI",
                .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .logging,
            ], resources: [.copy("Vectors"), .copy("Captures"), .copy("Kubelets")]),
        tests(
            "HorizontalAutoscalerTests", ["KubeModel", "KubeCoding", "KubeClient", "ScalingRules", "HorizontalAutoscaler", "AutoscalerSimulation"]),
        tests(
            "ControlPlaneTests",
            [
                "KubeModel", "KubeSchema", "KubeCoding", "KubeStore", "KubePKI", "KubeClient", "APIServerKit", "ControllerKit", "ControlPlane",
                .cryptoExtras, .asyncHTTPClient, .nioCore, .nioHTTP1, .nioSSL, .logging, .serviceLifecycle,
            ]),
        tests(
            "NodeAgentTests",
            ["KubeModel", "KubeCoding", "KubeClient", "KubePKI", "APIServerKit", "DelegatedAccess", "NodeAgent", .nioCore, .nioPosix, .logging]),
        tests("PodinfoTests", ["Podinfo"]),
        tests(
            "CommandsTests",
            [
                "KubeModel", "KubeCoding", "KubeSchema", "KubeClient", "MetricsAPI", "MetricRules", "PrometheusClient", "Commands", .argumentParser,
                .nioCore, .nioPosix, .nioHTTP1,
            ]),
        tests("EndToEndTests", ["KubeModel", "KubeCoding", "KubeSchema", "KubePKI", "Commands"], exclude: ["Scripts"]),
    ],
    swiftLanguageModes: [.v6]
)
