// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// What `make image` and `make dist` make runs where there is nothing else, least of all Swift.
    @Suite struct PackageTests {
        private let folder = NSTemporaryDirectory() + "updraft-package-\(UUID().uuidString)"

        private func pack(_ kind: String, into name: String) async throws -> String {
            let result = try await Tool.run(
                Tool.repository + "/scripts/package", [kind, Tool.updraft, "\(folder)/\(name)"], seconds: 240)
            try #require(result.status == 0, "\(result.text)")
            return "\(folder)/\(name)"
        }

        /// In a mount namespace of its own; for a normal user through a user namespace.
        private func shell(_ script: String, _ arguments: String...) async throws -> ToolResult {
            let options = geteuid() == 0 ? ["--mount"] : ["--map-root-user", "--mount"]
            return try await Tool.run("/usr/bin/unshare", options + ["/bin/sh", "-ec", script, "sh"] + arguments)
        }

        @Test("an image is an OCI layout whose digests hold, is the same twice, and its root file system runs alone")
        func image() async throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let image = try await pack("image", into: "image")
            func json(_ path: String) throws -> JSONValue {
                try JSONValue.parse(Array(try Data(contentsOf: URL(fileURLWithPath: "\(image)/\(path)"))))
            }
            func blob(_ descriptor: JSONValue?) throws -> String {
                let digest = try #require(descriptor?["digest"]?.string)
                let path = "blobs/sha256/" + digest.dropFirst("sha256:".count)
                let size = try FileManager.default.attributesOfItem(atPath: "\(image)/\(path)")[.size] as? Int
                #expect(descriptor?["size"]?.int == size.map { Int64($0) })
                return path
            }
            #expect(try json("oci-layout")["imageLayoutVersion"]?.string == "1.0.0")
            let manifest = try json(try blob(try json("index.json")["manifests"]?.array?.first))
            let config = try json(try blob(manifest["config"]))
            #expect(config["config"]?["User"]?.string == "65532:65532")
            #expect(config["config"]?["Entrypoint"]?.array?.compactMap(\.string) == ["/updraft"])
            let digests = try await shell(#"cd "$1/blobs/sha256" && for f in *; do echo "$f  $f"; done | sha256sum --check --quiet"#, image)
            #expect(digests.status == 0, "\(digests.text)")

            let layer = try blob(manifest["layers"]?.array?.first)
            // As the image's user where whoever runs this may become one. The kernel's view of processes is there in every container.
            let user = geteuid() == 0 ? "65532:65532" : "0:0"
            let script = #"""
                mkdir -p "$1/root" && tar -xzf "$2" -C "$1/root" && mkdir -p "$1/root/proc" && mount --rbind /proc "$1/root/proc"
                env -i /usr/sbin/chroot "--userspec=$3" "$1/root" /updraft version
                env -i /usr/sbin/chroot "--userspec=$3" "$1/root" /updraft metrics-server --help
                """#
            let result = try await shell(script, folder, "\(image)/\(layer)", user)
            #expect(result.status == 0 && result.output.contains("updraft 0.") && result.output.contains("--kubelet-insecure-tls"), "\(result.text)")
            let again = try await pack("image", into: "again")
            #expect(FileManager.default.contentsEqual(atPath: "\(image)/index.json", andPath: "\(again)/index.json"))
        }

        @Test("a tarball's program runs with its libraries beside it, an empty environment and no Swift on the machine")
        func tarball() async throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let dist = try await pack("dist", into: "dist")
            // The toolchain is hidden below an empty file system, where the program's library path would find it.
            let script = #"""
                cd "$1" && tar -xzf updraft-*-linux-x86_64.tar.gz && cd updraft-*/
                test -s LICENSE && test -s INSTALL
                toolchain=$(ldd "$2" | awk '$1 == "libswiftCore.so" { print $3 }')
                case $toolchain in /*/libswiftCore.so) mount -t tmpfs none "${toolchain%/*}";; esac
                env -i ./updraft version
                env -i ./updraft metrics-server --help
                """#
            let result = try await shell(script, dist, Tool.updraft)
            #expect(result.status == 0 && result.output.contains("updraft 0.") && result.output.contains("--kubelet-insecure-tls"), "\(result.text)")
        }
    }
}
