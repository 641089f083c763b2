// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import Foundation
import KubeModel
import Testing
import UsageWindow

@testable import MetricsAPI

/// Excerpts of what kubelets were seen to answer; each file says where.
@Suite("Answers of real kubelets mean what they say")
struct RealKubeletsTests {
    /// - Returns: What the file tells, and each container as `namespace/pod/container cpu memory start timestamp`.
    private static func decode(_ file: String) throws -> (node: UsagePoint?, containers: [String]) {
        let data = try #require(FileManager.default.contents(atPath: Bundle.module.bundlePath + "/Kubelets/\(file).txt"))
        var decoder = ResourceMetricsDecoder()
        let bytes = Array(data)
        let scrape = try decoder.decode(bytes.span, scrapeTimeMilliseconds: 1)
        let again = try decoder.decode(bytes.span, scrapeTimeMilliseconds: 1)
        #expect(scrape == again)
        let containers = scrape.pods.flatMap { pod in
            pod.containers.map { container in
                let start = container.point.startNanoseconds.map { "\($0)" } ?? "-"
                return "\(pod.name.namespace)/\(pod.name.name)/\(container.name) \(container.point.cpuNanoCoreSeconds) \(container.point.memoryBytes)"
                    + " \(start) \(container.point.timestampNanoseconds)"
            }
        }
        return (scrape.node, containers.sorted())
    }

    @Test("EKS with containerd: starts without a time of their own")
    func eks() throws {
        let (node, containers) = try Self.decode("eks-containerd-2025")
        let expected = UsagePoint(timestampNanoseconds: 1_750_705_774_670_000_000, cpuNanoCoreSeconds: 6_197_005_020_909, memoryBytes: 1_137_475_584)
        #expect(node == expected)
        #expect(
            containers == [
                "kube-system/aws-node-7k649/aws-eks-nodeagent 40384910049 17391616 1750607841829759232 1750705768415000000",
                "kube-system/aws-node-7k649/aws-node 293769327238 50237440 1750607840134825728 1750705767923000000",
                "kube-system/kube-proxy-t748f/kube-proxy 27787800906 13893632 1750607836487046144 1750705772883000000",
            ])
    }

    @Test("kubeadm with containerd: the sample's time is not the start's")
    func kubeadm() throws {
        let (node, containers) = try Self.decode("kubeadm-calico-2024")
        #expect(node?.cpuNanoCoreSeconds == 254_050_927_655 && node?.memoryBytes == 863_531_008)
        #expect(
            containers == [
                "kube-system/calico-node-8mtdh/calico-node 109079522718 134934528 1710211592409738752 1710222816920000000",
                "kube-system/kube-proxy-q4dks/kube-proxy 1664876373 15761408 1710211558868000000 1710222820860000000",
            ])
    }

    @Test("kind: pods of several containers, measured at several times")
    func kind() throws {
        let (node, containers) = try Self.decode("kind-containerd-2024")
        #expect(node?.timestampNanoseconds == 1_704_815_761_870_000_000)
        #expect(
            containers.count == 4
                && containers.last == "default/nginx-57d84f57dc-4497c/nginx 92544000 7729152 1704802901411090944 1704815758476000000")
    }

    @Test(
        "no CPU told, nothing measured, and swap beyond all bounds: no usage is made up",
        arguments: ["minikube-docker-2023", "no-statistics-2025", "swap-overflow-2023"])
    func partial(file: String) throws {
        let (node, containers) = try Self.decode(file)
        #expect(node == nil && containers.isEmpty)
    }
}
