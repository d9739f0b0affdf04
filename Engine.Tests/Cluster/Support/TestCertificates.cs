using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster.Support;

/// <summary>Certificates of a broker on loopback.</summary>
internal static class TestCertificates
{
    /// <summary>Writes <c>ca.pem</c>, <c>server.pem</c> and <c>server.key</c>, each time of another authority.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="isGood">Whether the server's is valid now; otherwise it ended yesterday.</param>
    public static void Write(TemporaryFolder folder, bool isGood)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(now.AddYears(-2), now.AddYears(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 server = request.Create(
            authority, now.AddYears(-1), isGood ? now.AddMonths(6) : now.AddDays(-1), [1, 2, 3, (byte)(isGood ? 4 : 5)]);
        folder.Write("ca.pem", authority.ExportCertificatePem());
        folder.Write("server.pem", server.ExportCertificatePem());
        folder.Write("server.key", key.ExportPkcs8PrivateKeyPem());
    }
}
