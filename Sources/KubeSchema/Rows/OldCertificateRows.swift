// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Certificate signing requests as they were before certificates.k8s.io/v1.
    static let oldCertificateRows = """
        package certificates/v1beta1 certificates.k8s.io/v1beta1 k8s.io.api.certificates.v1beta1
        type CertificateSigningRequest kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! CertificateSigningRequestSpec 2
          status? CertificateSigningRequestStatus 3
        type CertificateSigningRequestSpec
          request! bytes 1
          signerName? *string 7
          expirationSeconds? *int32 8
          usages? []string 5 list=atomic
          username? string 2
          uid? string 3
          groups? []string 4 list=atomic
          extra? map:wrapped[]string 6
        type CertificateSigningRequestStatus
          conditions? []CertificateSigningRequestCondition 1 list=map keys=type
          certificate? bytes 2
        type CertificateSigningRequestCondition
          type! string 1
          status! string 6
          reason? string 2
          message? string 3
          lastUpdateTime? time 4
          lastTransitionTime? time 5
        """
}
