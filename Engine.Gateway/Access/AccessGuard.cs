using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Engine.Gateway.Access;

/// <summary>
/// Decides who comes in: with a key, or authenticated by the host where that is accepted; and where there are no keys, from the
/// same machine and by its own name, so that neither a proxy nor a page of somebody else's gets in unasked. Thread-safe.
/// </summary>
public sealed class AccessGuard
{
    /// <summary>The parameter that holds the key for clients that cannot set headers.</summary>
    public const string QueryParameter = "access_token";

    private const string Bearer = "Bearer ";

    private readonly AccessOptions _options;

    /// <summary>Makes a guard.</summary>
    /// <param name="options">The keys and rules.</param>
    /// <exception cref="ArgumentException">Options break rules; the message lists all of them.</exception>
    public AccessGuard(AccessOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] problems = [.. options.FindProblems()];
        if (problems.Length > 0)
            throw new ArgumentException(string.Join(" ", problems), nameof(options));
        _options = options;
    }

    /// <summary>Whether clients of other machines may be able to come in.</summary>
    public bool HasAuthentication => _options.Keys.Count > 0 || _options.AcceptHostUsers;

    /// <summary>Decides about a request.</summary>
    internal AccessVerdict Check(HttpContext context)
    {
        string? given = KeyOf(context.Request);
        if (given is not null && Find(given) is { } key)
            return new AccessVerdict(AccessOutcome.Allowed, key.Name, RestrictionOf(key));
        if (_options.AcceptHostUsers && context.User.Identity?.IsAuthenticated == true)
            return new AccessVerdict(AccessOutcome.Allowed, context.User.Identity.Name, RuleOf(context.User));
        if (HasAuthentication)
            return new AccessVerdict(AccessOutcome.Unauthenticated);
        return IsLocal(context)
            // Who asks is made by asking for him.
            ? new AccessVerdict(AccessOutcome.Allowed, Allowed: _options.Authorize is null ? null : RuleOf(context.User))
            : new AccessVerdict(AccessOutcome.NotLocal);
    }

    private static string? KeyOf(HttpRequest request)
    {
        if (request.Headers.Authorization is [string authorization] && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return authorization[Bearer.Length..].Trim();
        if (request.Headers["X-Api-Key"] is [{ Length: > 0 } header])
            return header;
        return RequestQuery.Read(request)[QueryParameter] is [{ Length: > 0 } parameter] ? parameter : null;
    }

    private ApiKeyOptions? Find(string key)
    {
        string hash = ApiKeyHash.Of(key);
        ApiKeyOptions? found = null;
        // All of them, so that the time tells nothing.
        foreach (ApiKeyOptions known in _options.Keys)
        {
            if (ApiKeyHash.Matches(known.Hash, hash))
                found = known;
        }

        return found;
    }

    private Func<string, string, bool>? RestrictionOf(ApiKeyOptions key)
    {
        var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, key.Name)], "ApiKey"));
        Func<string, string, bool>? rule = RuleOf(user);
        if (key.Types.Count == 0 && key.Resources.Count == 0)
            return rule;
        return (type, resource) => (key.Types.Count == 0 || key.Types.Contains(type))
            && (key.Resources.Count == 0 || key.Resources.Contains(resource))
            && (rule is null || rule(type, resource));
    }

    private Func<string, string, bool>? RuleOf(ClaimsPrincipal user)
    {
        if (_options.Authorize is not { } authorize)
            return null;
        return (type, resource) =>
        {
            try
            {
                return authorize(user, type, resource);
            }
            catch (Exception)
            {
                // Foreign code that cannot say yes has not said it.
                return false;
            }
        };
    }

    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && context.Request.Headers["X-Forwarded-For"] == StringValues.Empty && context.Request.Headers["Forwarded"] == StringValues.Empty
        && IsLocalName(context.Request.Host.Host);

    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}

/// <summary>What a guard decided.</summary>
/// <param name="Outcome">The decision.</param>
/// <param name="User">Who it is; null if nobody is authenticated.</param>
/// <param name="Allowed">Which types and resources may be seen; null for all.</param>
internal sealed record AccessVerdict(AccessOutcome Outcome, string? User = null, Func<string, string, bool>? Allowed = null);

/// <summary>What became of a request to come in.</summary>
internal enum AccessOutcome
{
    /// <summary>It may.</summary>
    Allowed,

    /// <summary>A key is needed, or the one given is not known.</summary>
    Unauthenticated,

    /// <summary>There are no keys, and it does not come from this machine, or not by its name.</summary>
    NotLocal,
}
