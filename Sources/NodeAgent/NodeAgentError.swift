// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What keeps a pod from running, or the node from working.
package struct NodeAgentError: Error, Sendable, CustomStringConvertible {
    package struct Code: Sendable, Hashable {
        private enum Value: Hashable { case image, volume, configuration, launch, files }
        private let value: Value

        /// No program of this machine stands for the image.
        package static let image = Self(value: .image)
        /// A volume or its mount cannot be made here.
        package static let volume = Self(value: .volume)
        /// The pod refers to something that does not exist, such as a ConfigMap.
        package static let configuration = Self(value: .configuration)
        /// The program could not be started.
        package static let launch = Self(value: .launch)
        /// The node's own files cannot be read or written.
        package static let files = Self(value: .files)
    }

    package var code: Code
    /// Names the object or the path, and the next step where there is one.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
