// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Requests made by openssl, with P-256 keys.
package enum SigningRequestFixtures {
    /// The group devs, user jane.
    package static let user = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIHYMIGAAgEAMB4xDTALBgNVBAoMBGRldnMxDTALBgNVBAMMBGphbmUwWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAAQWxkFEJ2shh0MLuAPPtxJbhXOcGXbOWBqdUEJR
        9DrfL2dSm72fgQ41OFkLnykjF+D00+aj93fVXTBdQmvg+e1moAAwCgYIKoZIzj0E
        AwIDRwAwRAIgOUW851x9tR94DsTm4+/vO6WhGQIOvOtOOojHncEiwCQCIGMLksbO
        +RUuXBl2TYwOGDIuW/YlsDbMLGi8UfFeIZ9p
        -----END CERTIFICATE REQUEST-----
        """

    /// A node agent's as client.
    package static let node = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIHuMIGWAgEAMDQxFTATBgNVBAoMDHN5c3RlbTpub2RlczEbMBkGA1UEAwwSc3lz
        dGVtOm5vZGU6bm9kZS0wMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcxWiRqV+
        yANK9JDFEGXZ8ivw8DXo9gzCJDzOU3/OdAE1Z7EXnXfv29xUMYhtoIi3fCYB/0B2
        j8BNEoKDsxNWs6AAMAoGCCqGSM49BAMCA0cAMEQCIEX/jXBQJy6w7x7jYUsfeGkO
        bchKJ+hHhqxDvCBIvqaUAiAVQALvmzSx3GesmBdfYlPQtPM+dDHBPS/pDTfDQmmW
        4Q==
        -----END CERTIFICATE REQUEST-----
        """

    /// A node agent's as server: DNS:node-0, IP:127.0.0.1.
    package static let serving = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIIBGjCBwAIBADA0MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxGzAZBgNVBAMMEnN5
        c3RlbTpub2RlOm5vZGUtMDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOnmCbpC
        zKBs+8TnhL45xL/Z3R72I60l/TNrFpbwjL3F2iQtAyvxi4qSq6Kr0HHQvzVxk+d+
        za1p2jGVuyyAk6SgKjAoBgkqhkiG9w0BCQ4xGzAZMBcGA1UdEQQQMA6CBm5vZGUt
        MIcEfwAAATAKBggqhkjOPQQDAgNJADBGAiEAkk5sAGFWo/gZ0ET1m3co+FR/1OC2
        Gum1gzTK4CH2BuYCIQCrx1YNESJKI3zKQUD4x9oBrk0ZkvbOoq9evQxvLLt3bQ==
        -----END CERTIFICATE REQUEST-----
        """

    /// Of the group system:masters.
    package static let masters = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIHhMIGJAgEAMCcxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQwwCgYDVQQDDANl
        dmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASkoZ8SF8Z2VDlzKnJOpxCYqA9l
        E9OEdkGEzclFx6qDuhZ6isALFWztansGJMEeMT2aa6rfsVjpWpFiY/Roo4uPoAAw
        CgYIKoZIzj0EAwIDRwAwRAIgcz89iI9XeKm9QlBSnwlHZM0RMBZFKMaOKO4a+bRs
        rmkCIA+3iiqGb7RbV9Jx0HeROCY/CMmDZfqKyXNxEIA+lCj7
        -----END CERTIFICATE REQUEST-----
        """

    /// With CA:TRUE.
    package static let authority = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIH8MIGiAgEAMB4xDTALBgNVBAoMBGRldnMxDTALBgNVBAMMBGphbmUwWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAATpVSGhhDqmadgF3JjfiNUFPi7WMf0xQ159s7/l
        vKxmfn4GKBzZsGDRnYqProgjPQCEKOyFZkzW2Rj8XoODksi4oCIwIAYJKoZIhvcN
        AQkOMRMwETAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCtEBah
        +PTRlNM7va4OQZdufLz9p6eiALiGU0HVyWYd7wIhAOyVzLYKS/0moDCaA1RZwKBO
        MCLRMHqjK2IrJTfzSrAm
        -----END CERTIFICATE REQUEST-----
        """

    /// A node agent's with a URI among its names.
    package static let uri = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIIBHzCBxgIBADA0MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxGzAZBgNVBAMMEnN5
        c3RlbTpub2RlOm5vZGUtMDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCaIEawi
        Fh9zB/3Cby3OiVGCW8Ifl/iyCeQeFesXhwPqhc1JfjoI0EUuH7joUDoFYXrUJbpk
        jqiiUYvDQiAUCVugMDAuBgkqhkiG9w0BCQ4xITAfMB0GA1UdEQQWMBSGCnNwaWZm
        ZTovL3iCBm5vZGUtMDAKBggqhkjOPQQDAgNIADBFAiBhhWDQmqmlwVVm63RgSVSX
        kB7SKBmJcVKjbKh/sGH/AwIhANpGMdOnFrnGBrC0Pd2K6IBO+TToaqDyFolkTkdB
        MqYX
        -----END CERTIFICATE REQUEST-----
        """
}
