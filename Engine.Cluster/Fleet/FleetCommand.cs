using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engine.Cluster.Contracts;

namespace Engine.Cluster.Fleet;

/// <summary>
/// Asks a host, or all of them, to do something. Signed with a key that issuer and hosts share, so that who may write to the broker may
/// not yet command.
/// </summary>
/// <param name="Id">Identifies it: a host carries it out once.</param>
/// <param name="Target">The host's name, or <see cref="ClusterNames.AllHosts"/>.</param>
/// <param name="Verb">What to do: a name that the hosts know.</param>
/// <param name="Argument">With what; may be empty.</param>
/// <param name="Issuer">Who asks: the name of a key.</param>
/// <param name="IssuedAt">When, by the issuer's clock.</param>
/// <param name="Signature">HMAC-SHA256 of all the rest, in hexadecimal digits.</param>
public sealed record FleetCommand(
    Guid Id, string Target, string Verb, string Argument, string Issuer, DateTimeOffset IssuedAt, string Signature)
{
    /// <summary>Bytes of a key at least.</summary>
    public const int MinKeyBytes = 16;

    /// <summary>Characters of an argument at most.</summary>
    public const int MaxArgumentLength = 4096;

    /// <summary>Makes a command and signs it.</summary>
    /// <param name="target">The host's name, or <see cref="ClusterNames.AllHosts"/>.</param>
    /// <param name="verb">What to do.</param>
    /// <param name="argument">With what; may be empty.</param>
    /// <param name="issuer">Who asks.</param>
    /// <param name="key">The issuer's key: 16 bytes or more.</param>
    /// <param name="now">The issuer's time.</param>
    /// <exception cref="ArgumentException">The target is no host's name, the key too short, or the argument too long.</exception>
    public static FleetCommand Create(
        string target, string verb, string argument, string issuer, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(verb);
        ArgumentException.ThrowIfNullOrWhiteSpace(issuer);
        ArgumentNullException.ThrowIfNull(argument);
        if (target != ClusterNames.AllHosts)
            ClusterNames.RequireHost(target);
        if (key.Length < MinKeyBytes)
            throw new ArgumentException($"The key of an issuer must have {MinKeyBytes} bytes or more; it has {key.Length}.", nameof(key));
        if (argument.Length > MaxArgumentLength)
        {
            throw new ArgumentException(
                $"The argument of a command has at most {MaxArgumentLength} characters; it has {argument.Length}.", nameof(argument));
        }

        var command = new FleetCommand(Guid.CreateVersion7(now), target, verb, argument, issuer, now.ToUniversalTime(), string.Empty);
        return command with { Signature = command.Sign(key) };
    }

    /// <summary>Whether the signature is that of the key.</summary>
    internal bool IsSignedWith(ReadOnlySpan<byte> key) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(Sign(key)), Encoding.UTF8.GetBytes(Signature ?? string.Empty));

    private string Sign(ReadOnlySpan<byte> key)
    {
        // Lengths stand before texts, so that no two commands have the same bytes.
        var text = new StringBuilder();
        foreach (string part in (string[])[
            Id.ToString("n"), Target, Verb, Argument, Issuer, IssuedAt.UtcTicks.ToString(CultureInfo.InvariantCulture)])
            text.Append(part.Length).Append(':').Append(part);
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>What a host has made of a command.</summary>
public enum CommandOutcome
{
    /// <summary>It was accepted, and is being carried out: a line of the trail only.</summary>
    Begun,

    /// <summary>It was carried out.</summary>
    Done,

    /// <summary>It was tried, and failed.</summary>
    Failed,

    /// <summary>The signature is not that of the issuer's key, or there is no such issuer.</summary>
    NotAuthentic,

    /// <summary>The issuer may not ask for this.</summary>
    NotAllowed,

    /// <summary>The host knows no such verb.</summary>
    UnknownVerb,

    /// <summary>It is older, or its clock further ahead, than the host accepts.</summary>
    Expired,
}

/// <summary>A host's answer to a command, and the line of its audit trail.</summary>
/// <param name="Command">The command's id.</param>
/// <param name="Host">The host.</param>
/// <param name="Verb">What was asked for.</param>
/// <param name="Argument">With what.</param>
/// <param name="Issuer">Who says to have asked.</param>
/// <param name="At">When, by the host's clock.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Text">What the host says about it.</param>
public sealed record FleetResult(
    Guid Command, string Host, string Verb, string Argument, string Issuer, DateTimeOffset At, CommandOutcome Outcome, string Text);

/// <summary>Who may ask for what.</summary>
/// <param name="Issuer">The issuer's name.</param>
/// <param name="Key">The key that is shared: 16 bytes or more.</param>
/// <param name="Verbs">What may be asked for; <c>*</c> for everything.</param>
public sealed record CommandKey(string Issuer, ReadOnlyMemory<byte> Key, IReadOnlyList<string> Verbs)
{
    /// <summary>Characters of an issuer's name at most.</summary>
    public const int MaxIssuerLength = 64;

    private const int MaxVerbLength = 64;

    /// <summary>Issuer and verbs; not the key.</summary>
    public override string ToString() => $"{Issuer}: {string.Join(", ", Verbs)}";

    internal static bool IsIssuer(string? text) => text is { Length: > 0 and <= MaxIssuerLength }
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@');

    internal static bool IsVerb(string? text) => text is "*" || (text is { Length: > 0 and <= MaxVerbLength }
        && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));

    internal bool Allows(string verb) => Verbs.Contains(verb) || Verbs.Contains("*");
}
