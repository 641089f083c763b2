// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI

/// One node of a lab.
package struct NodeAgentConfiguration: Sendable {
    package var nodeName: String
    /// From 0; which addresses of the block are the node's.
    package var index: Int
    /// How many nodes share the host; each has its share of the capacity.
    package var count: Int
    package var block: LoopbackBlock
    /// The node's own folder, for pods' volumes, logs and process records.
    package var folder: String
    package var images: ImageMap
    /// What the kubelet's endpoints prove themselves by.
    package var servingCredential: Credential
    /// Whose client certificates may ask the kubelet's endpoints.
    package var clientCAPEM: String
    /// Users that may ask them anything; of others, the API server says what they may.
    package var trustedUsers: Set<String>
    /// Names that resolve in its pods; shared by the lab's nodes.
    package var names: ServiceNames
    package var kubeletPort = 10250
    /// Where pods find the API server.
    package var apiServer: (host: String, port: Int)
    package var version: String

    package init(
        nodeName: String, index: Int, count: Int, block: LoopbackBlock, folder: String, images: ImageMap, names: ServiceNames,
        servingCredential: Credential, clientCAPEM: String, trustedUsers: Set<String>, apiServer: (host: String, port: Int), version: String
    ) {
        self.nodeName = nodeName
        self.index = index
        self.count = count
        self.block = block
        self.folder = folder
        self.images = images
        self.names = names
        self.servingCredential = servingCredential
        self.clientCAPEM = clientCAPEM
        self.trustedUsers = trustedUsers
        self.apiServer = apiServer
        self.version = version
    }

    package var address: String { block.node(index) }
}
