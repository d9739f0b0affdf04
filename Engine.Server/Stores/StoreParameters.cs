using System.Globalization;
using Engine.Bus;
using Engine.Gateway.Web;
using Microsoft.AspNetCore.Http;

namespace Engine.Server.Stores;

/// <summary>Reads the parameters of a request; all that is wrong is said at once.</summary>
internal sealed class StoreParameters(IQueryCollection query)
{
    private const int MaxText = 255;
    private const int MaxIds = 100;

    private readonly HashSet<string> _known = ["access_token"];
    private readonly Dictionary<string, string[]> _errors = [];

    public string? Text(string name)
    {
        string? text = Single(name);
        if (text is { Length: > MaxText })
            _errors[name] = [$"{name} has {text.Length} characters; at most {MaxText} are allowed."];
        return text;
    }

    public long Number(string name, long least, long most, long otherwise)
    {
        if (Single(name) is not { } text)
            return otherwise;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most)
            return number;
        _errors[name] = [$"{name} must be a whole number from {least} to {most}."];
        return otherwise;
    }

    public bool Flag(string name)
    {
        string? text = Single(name);
        if (text is not (null or "true" or "false"))
            _errors[name] = [$"{name} must be true or false."];
        return text == "true";
    }

    public DateTimeOffset? Time(string name)
    {
        if (Single(name) is not { } text)
            return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            && text.Contains('T', StringComparison.OrdinalIgnoreCase))
            return time;
        _errors[name] = [$"{name} must be a time as in RFC 3339, such as 2026-01-31T12:00:00Z."];
        return null;
    }

    public Guid? Id(string name)
    {
        if (Single(name) is not { } text)
            return null;
        if (Guid.TryParse(text, out Guid id))
            return id;
        _errors[name] = [$"{name} must be a UUID."];
        return null;
    }

    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Single(name) is not { } text)
            return null;
        if (!int.TryParse(text, out _) && Enum.TryParse(text, ignoreCase: true, out T value))
            return value;
        _errors[name] = [$"{name} must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}."];
        return null;
    }

    public EventNamePattern? Pattern(string name)
    {
        try
        {
            return Single(name) is { } text ? EventNamePattern.Parse(text) : null;
        }
        catch (FormatException error)
        {
            _errors[name] = [error.Message];
            return null;
        }
    }

    public IReadOnlyList<long> Ids(string name)
    {
        _known.Add(name);
        List<long> ids = [];
        foreach (string? text in query[name].Take(MaxIds + 1))
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id))
                ids.Add(id);
            else
                _errors[name] = [$"{name} must be whole numbers."];
        }

        if (ids.Count > MaxIds)
            _errors[name] = [$"{name} is there more than {MaxIds} times."];
        return ids;
    }

    public void Require(bool isMet, string name, string problem)
    {
        if (!isMet)
            _errors[name] = [problem];
    }

    /// <summary>Answers what is wrong, if anything is; after all parameters were read.</summary>
    public async Task<bool> RefuseAsync(HttpContext context)
    {
        foreach (string unknown in query.Keys.Except(_known).Take(10))
        {
            string name = unknown.Length > 40 ? unknown[..40] : unknown;
            _errors[name] = [$"{name} is no parameter; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}."];
        }

        if (_errors.Count == 0)
            return false;
        await Problems.WriteAsync(context, _errors).ConfigureAwait(false);
        return true;
    }

    private string? Single(string name)
    {
        _known.Add(name);
        if (query[name] is not { Count: > 0 } values || string.IsNullOrEmpty(values[0]))
            return null;
        if (values.Count > 1)
            _errors[name] = [$"{name} is there {values.Count} times; once is allowed."];
        return values[0];
    }
}
