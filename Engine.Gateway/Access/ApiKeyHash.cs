using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Engine.Gateway.Access;

/// <summary>
/// API keys and their hashes. A key is 256 bits from the system's random source, so that a plain SHA-256 of it tells nobody
/// anything, and can be compared at once.
/// </summary>
public static class ApiKeyHash
{
    /// <summary>What a hash begins with.</summary>
    public const string Prefix = "sha256:";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    private const string KeyPrefix = "ek_";

    /// <summary>Makes a key that nobody has had.</summary>
    public static string NewKey() => KeyPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>The hash of a key, for the configuration.</summary>
    /// <param name="key">The key.</param>
    public static string Of(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    /// <summary>Whether a text has the form of a hash.</summary>
    /// <param name="text">The text.</param>
    public static bool IsHash(string? text) =>
        text is not null && text.Length == Prefix.Length + 64 && text.StartsWith(Prefix, StringComparison.Ordinal)
        && !text.AsSpan(Prefix.Length).ContainsAnyExcept(Digits);

    internal static bool Matches(string hash, string ofKey) => CryptographicOperations.FixedTimeEquals(
        Encoding.ASCII.GetBytes(hash.ToLowerInvariant()), Encoding.ASCII.GetBytes(ofKey));
}
