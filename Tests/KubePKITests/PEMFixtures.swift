// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// Authorities made by `openssl req -x509` for these tests alone, with their keys in each form that tools write.
enum PEMFixtures {
    struct Authority: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var certificate: String
        var key: String
    }

    static let authorities = [
        Authority(testDescription: "RSA, PKCS#1, as cfssl writes", certificate: rsaCertificate, key: rsaPKCS1),
        Authority(testDescription: "RSA, PKCS#8", certificate: rsaCertificate, key: rsaPKCS8),
        Authority(testDescription: "P-256, SEC 1 behind its parameters", certificate: p256Certificate, key: p256SEC1),
        Authority(testDescription: "P-256, PKCS#8", certificate: p256Certificate, key: p256PKCS8),
        Authority(testDescription: "P-384, SEC 1", certificate: p384Certificate, key: p384SEC1),
        Authority(testDescription: "prose before the blocks", certificate: "subject=rsa-ca\n" + rsaCertificate, key: "Key attributes\n" + rsaPKCS8),
        Authority(
            testDescription: "CRLF", certificate: rsaCertificate.replacing("\n", with: "\r\n"), key: rsaPKCS1.replacing("\n", with: "\r\n")),
    ]

    static let rsaCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIDFTCCAf2gAwIBAgIUP3dK8+jCneZQRPQDsBSO/57cg4IwDQYJKoZIhvcNAQEL
        BQAwETEPMA0GA1UEAwwGcnNhLWNhMCAXDTI2MTEyNDA0MDA1N1oYDzIxMjYxMDMx
        MDQwMDU3WjARMQ8wDQYDVQQDDAZyc2EtY2EwggEiMA0GCSqGSIb3DQEBAQUAA4IB
        DwAwggEKAoIBAQCgjLfTliLSgZUFrTmXAXyL8BTMt38QfO/shTZYkl75AI3rdmsD
        Xc6dkujYG0IxDhmkGSR2za1esxogjreZN8qFSFHvH7j2tzMIp88JDnHOiQYCGSt1
        V5XjYirP+ZW/uK8mR0VLRy26vSMDFshuRBK2JsZ8lm6genyPUFyD4Vk4WrKiCu88
        Qhc158R/QJ8xNjqNygEU09ky6cn9DM+0Q1LvT9z0uBQUcEh1igumBSiU3Zt4sWLz
        kZ1Nwh9aSdmE/xX8BchdI4G5N5Ghq8BjXd6DfLvLrCTT0cTERh8jniLjy6e02Msp
        fQHXaLhNrJUTz2Inv2wpP1ZyCfRi2trRmxA9AgMBAAGjYzBhMB0GA1UdDgQWBBS/
        ldbKRz3A0epfXzw0enigXBD5XzAfBgNVHSMEGDAWgBS/ldbKRz3A0epfXzw0enig
        XBD5XzAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjANBgkqhkiG9w0B
        AQsFAAOCAQEAKRlrFrwY3ht+g3mG20jR7HSnDI6MWoLFCTOhnLOmM52jZCtQZAKi
        O6KVU6qqHjNLG0yraqFTtapVlMG/Zz6DI8HAnsy1pIJ9c79wn6/lqESLidMqmDkg
        FnOkXrbvCsZaZlA5Y7LlhxsC7LUx0MOCrkrKLW+09GrOuUCMshFShha+08dJ0ex7
        gr8xsu+CherhwlkVJNaf0ot9hqj3L3KZ9bXVvUXSv8DMBgNndDbAt6Q8Th1CJrG4
        AzqsPJaNmMptTR/wHyeG7JAPtnBDrH6X9XBxROA0/NO0WbjjvnLsEKtHKBNOVPYx
        +8N8H2G1VjkuIcWum5pj5SuACI0GLt0DCg==
        -----END CERTIFICATE-----

        """

    static let rsaPKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEowIBAAKCAQEAoIy305Yi0oGVBa05lwF8i/AUzLd/EHzv7IU2WJJe+QCN63Zr
        A13OnZLo2BtCMQ4ZpBkkds2tXrMaII63mTfKhUhR7x+49rczCKfPCQ5xzokGAhkr
        dVeV42Iqz/mVv7ivJkdFS0ctur0jAxbIbkQStibGfJZuoHp8j1Bcg+FZOFqyogrv
        PEIXNefEf0CfMTY6jcoBFNPZMunJ/QzPtENS70/c9LgUFHBIdYoLpgUolN2beLFi
        85GdTcIfWknZhP8V/AXIXSOBuTeRoavAY13eg3y7y6wk09HExEYfI54i48untNjL
        KX0B12i4TayVE89iJ79sKT9Wcgn0Ytra0ZsQPQIDAQABAoIBABamq9POCZUuA5ak
        sSyZINeEdIbKd8KdgeMai0eVRRF37s3y69eyfzFTlgbRV7YgkWUJyA975rMm7S99
        OzGCgc/qm2azkM68G5bjyA20zEExq1eV8f/w7ryBL92eTq6ZMZrisMfVX8IKJ7uq
        lfYapBIvZ88RkUOSbGry0U6o90PALNRXGLKNTuLwvYtm5QS7yAGk3dOPwcF1S+2W
        KqViv0OINfPbcokcjgcUuv3WpW08yZikpk8dDYYpdmSm1d1v6IIkC6XI+9nFPNt6
        P69hgbHC2DWHmYkIaMFJn5XpctC4JdVC1AYq9oghqGWdR7+mEUiiY7N4bCBYdH25
        wD8JQyECgYEA04Ua4n+hRPu4l6dVxUqsRqbbPs9TZ1RzHV+8sMB1hpd8bh3yZ1vM
        cz6sXai2zXPmi8jCuT8464bcicqZ4xwGWNUkZ07MltTTH+yMhUVd5k3KrUkNeHMd
        VJZYBlIcTp8b9SonYqcjm7ZAzljRXQAYUTXmDz2r1dxNxqPCV6QC7OECgYEAwk+y
        XoUTBHxoZ4de9x7aR5Z6YLf8GXyIl0HeELExMmyCPBDzuJHSCBJHCIDCeXL7ScMu
        hGObvctFjzCsZbtFMqBD41dm0CAvy0MB63qpof/Jvl+9V3qn6m6xbnlIKje3TY5r
        WjyXqUgOxDf25x9bCWwRbvnYaYyFHvMiLQlE0t0CgYEAtYOT/qroCfq5/eprgFME
        Y9zsaIoiWJnv71Uo58VBFa8J6LVqP6hXWs59vCH8PXModOxjrfTDM9sXhmeGh46V
        I8ZE5yKIDyezxcGJFRTh77DyLKJ0HNksYlpiT4pHIHEJ3Om/wrkLpaRRGMK/Z7+d
        HpPSSWHzBCN52uzM6cilegECgYBaREW7bRyJj/W8aoGuUVHbwcb2GWJuwJB/m+S6
        YmZVY10Y5FMkYfFtOHhxNceiPc0I1jhM3i0ifUTCIT1lQRsDSrpe6WJkux8Y0Pca
        WnBlRnuFCdrewacx29xnUsY4fouT5t5uHAnkZQofE1SKx+E1vlNW95AWcGYDG7W7
        sDudrQKBgA+sWderJ0GqIEkauPDA8G2aCt0YUgiKEN/+UvoMM+Flh/pFeyWZbvTT
        OwmqHWW7BcILbnWUwNzehkSHr2zBvcYjySHHm36pEClRw32l586oJCnJ2ipN4Djs
        0XzE1hR42HJX6hDdddCx6+O20A+CSIHLvD2Uc95heyC8aO2csIZG
        -----END RSA PRIVATE KEY-----

        """

    static let rsaPKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCgjLfTliLSgZUF
        rTmXAXyL8BTMt38QfO/shTZYkl75AI3rdmsDXc6dkujYG0IxDhmkGSR2za1esxog
        jreZN8qFSFHvH7j2tzMIp88JDnHOiQYCGSt1V5XjYirP+ZW/uK8mR0VLRy26vSMD
        FshuRBK2JsZ8lm6genyPUFyD4Vk4WrKiCu88Qhc158R/QJ8xNjqNygEU09ky6cn9
        DM+0Q1LvT9z0uBQUcEh1igumBSiU3Zt4sWLzkZ1Nwh9aSdmE/xX8BchdI4G5N5Gh
        q8BjXd6DfLvLrCTT0cTERh8jniLjy6e02MspfQHXaLhNrJUTz2Inv2wpP1ZyCfRi
        2trRmxA9AgMBAAECggEAFqar084JlS4DlqSxLJkg14R0hsp3wp2B4xqLR5VFEXfu
        zfLr17J/MVOWBtFXtiCRZQnID3vmsybtL307MYKBz+qbZrOQzrwbluPIDbTMQTGr
        V5Xx//DuvIEv3Z5OrpkxmuKwx9Vfwgonu6qV9hqkEi9nzxGRQ5JsavLRTqj3Q8As
        1FcYso1O4vC9i2blBLvIAaTd04/BwXVL7ZYqpWK/Q4g189tyiRyOBxS6/dalbTzJ
        mKSmTx0Nhil2ZKbV3W/ogiQLpcj72cU823o/r2GBscLYNYeZiQhowUmflely0Lgl
        1ULUBir2iCGoZZ1Hv6YRSKJjs3hsIFh0fbnAPwlDIQKBgQDThRrif6FE+7iXp1XF
        SqxGpts+z1NnVHMdX7ywwHWGl3xuHfJnW8xzPqxdqLbNc+aLyMK5PzjrhtyJypnj
        HAZY1SRnTsyW1NMf7IyFRV3mTcqtSQ14cx1UllgGUhxOnxv1KidipyObtkDOWNFd
        ABhRNeYPPavV3E3Go8JXpALs4QKBgQDCT7JehRMEfGhnh173HtpHlnpgt/wZfIiX
        Qd4QsTEybII8EPO4kdIIEkcIgMJ5cvtJwy6EY5u9y0WPMKxlu0UyoEPjV2bQIC/L
        QwHreqmh/8m+X71XeqfqbrFueUgqN7dNjmtaPJepSA7EN/bnH1sJbBFu+dhpjIUe
        8yItCUTS3QKBgQC1g5P+qugJ+rn96muAUwRj3OxoiiJYme/vVSjnxUEVrwnotWo/
        qFdazn28Ifw9cyh07GOt9MMz2xeGZ4aHjpUjxkTnIogPJ7PFwYkVFOHvsPIsonQc
        2SxiWmJPikcgcQnc6b/CuQulpFEYwr9nv50ek9JJYfMEI3na7MzpyKV6AQKBgFpE
        RbttHImP9bxqga5RUdvBxvYZYm7AkH+b5LpiZlVjXRjkUyRh8W04eHE1x6I9zQjW
        OEzeLSJ9RMIhPWVBGwNKul7pYmS7HxjQ9xpacGVGe4UJ2t7BpzHb3GdSxjh+i5Pm
        3m4cCeRlCh8TVIrH4TW+U1b3kBZwZgMbtbuwO52tAoGAD6xZ16snQaogSRq48MDw
        bZoK3RhSCIoQ3/5S+gwz4WWH+kV7JZlu9NM7CaodZbsFwgtudZTA3N6GRIevbMG9
        xiPJIcebfqkQKVHDfaXnzqgkKcnaKk3gOOzRfMTWFHjYclfqEN110LHr47bQD4JI
        gcu8PZRz3mF7ILxo7ZywhkY=
        -----END PRIVATE KEY-----

        """

    static let p256Certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBdzCCAR2gAwIBAgIUI4REfYI5EVrbBmeiOJKM+N+uP64wCgYIKoZIzj0EAwIw
        EDEOMAwGA1UEAwwFZWMtY2EwIBcNMjYxMTI0MDQwMDU3WhgPMjEyNjEwMzEwNDAw
        NTdaMBAxDjAMBgNVBAMMBWVjLWNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
        IwhGSaiCio+iN6BaD9E+YM2f4X17fF9P4uGHd4LOZry59+f6QFq92AMkJs5Sgndg
        tTidde66G6gkHPQFaSuSdqNTMFEwHQYDVR0OBBYEFAWxkr+g5uMNgWziwMOFQBva
        Da7bMB8GA1UdIwQYMBaAFAWxkr+g5uMNgWziwMOFQBvaDa7bMA8GA1UdEwEB/wQF
        MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgZzLicXOVz/qjN3EJszMZfeckxOFRkpiw
        +QK8799MJvcCIQCOBKTOp4vEoBobS7nxYgviNJcf9mgZMs8niLOJIxB7KA==
        -----END CERTIFICATE-----

        """

    static let p256SEC1 = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEILLUC8bfmKRNCc7O0c5u4fa7BVOBXH85IOn2CpLcy+uDoAoGCCqGSM49
        AwEHoUQDQgAEIwhGSaiCio+iN6BaD9E+YM2f4X17fF9P4uGHd4LOZry59+f6QFq9
        2AMkJs5SgndgtTidde66G6gkHPQFaSuSdg==
        -----END EC PRIVATE KEY-----

        """

    static let p256PKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgstQLxt+YpE0Jzs7R
        zm7h9rsFU4Fcfzkg6fYKktzL64OhRANCAAQjCEZJqIKKj6I3oFoP0T5gzZ/hfXt8
        X0/i4Yd3gs5mvLn35/pAWr3YAyQmzlKCd2C1OJ117robqCQc9AVpK5J2
        -----END PRIVATE KEY-----

        """

    static let p384Certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBuDCCAT6gAwIBAgIUCvxONhdQuuKhFFJvgXshS5vmHokwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHcDM4NC1jYTAgFw0yNjExMjQwNDAwNTdaGA8yMTI2MTAzMTA0
        MDA1N1owEjEQMA4GA1UEAwwHcDM4NC1jYTB2MBAGByqGSM49AgEGBSuBBAAiA2IA
        BP+ksISZfgxYN12052r+ai/IoFj4Y8fC75GDp8FRDUW8YP73BqsFQ5KCVDMjZPgB
        A3f+j128RlLH144twuz1Lwe+Yub9fyl//KUCqYBOuHebaG2gnkEr1AxGKZIjkyVQ
        pqNTMFEwHQYDVR0OBBYEFBU/OuHGTZ/YOmuxJdlXsQhMbOfKMB8GA1UdIwQYMBaA
        FBU/OuHGTZ/YOmuxJdlXsQhMbOfKMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E
        AwIDaAAwZQIwRVfXILnmUEy8ODpGH6u9IVlN3Osn+ubjPn7r8V07Z+wJYmfC+0yL
        mMiux9MnErR2AjEA6WqN8BZP8zNWPRvD5LUOFETxOt/6wnJFiZy0ktdBTaaYpBCf
        4wQCZYAQ7FIQcUCM
        -----END CERTIFICATE-----

        """

    static let p384SEC1 = """
        -----BEGIN EC PRIVATE KEY-----
        MIGkAgEBBDAfBwVbfYd4DoHndEJGnrOFPRq5VRRZgLRKoLuYYR3uIL2VWYJ1+zI/
        AJhUG9aJVEegBwYFK4EEACKhZANiAAT/pLCEmX4MWDddtOdq/movyKBY+GPHwu+R
        g6fBUQ1FvGD+9warBUOSglQzI2T4AQN3/o9dvEZSx9eOLcLs9S8HvmLm/X8pf/yl
        AqmATrh3m2htoJ5BK9QMRimSI5MlUKY=
        -----END EC PRIVATE KEY-----

        """
}
