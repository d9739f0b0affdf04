using System.Globalization;
using Engine.Cluster.Fleet;
using Engine.Gateway.Web;
using Microsoft.AspNetCore.Http;

namespace Engine.Server.Fleet;

/// <summary>Parameters of a question for the fleet; what is wrong with them is told all at once.</summary>
internal sealed class FleetParameters
{
    private readonly IQueryCollection _query;
    private readonly List<string> _problems = [];

    public FleetParameters(IQueryCollection query, params string[] known)
    {
        _query = query;
        _problems.AddRange(query.Keys.Where(key => !known.Contains(key))
            .Select(key => $"{key} is no parameter; known are {string.Join(", ", known)}."));
    }

    public string Text(string name) => _query[name].ToString();

    public int Number(string name, int least, int most, int without)
    {
        string text = Text(name);
        if (text.Length == 0)
            return without;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most)
            return value;
        _problems.Add($"{name} must be {least} to {most}.");
        return without;
    }

    public HostState? State(string name)
    {
        string text = Text(name);
        if (text.Length == 0)
            return null;
        if (Enum.GetNames<HostState>().FirstOrDefault(state => state.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known)
            return Enum.Parse<HostState>(known);
        _problems.Add($"{name} must be live, late, gone or left.");
        return null;
    }

    /// <returns>Whether something is wrong; then that is the answer.</returns>
    public async Task<bool> RefuseAsync(HttpContext context)
    {
        if (_problems.Count == 0)
            return false;
        await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, string.Join(" ", _problems)).ConfigureAwait(false);
        return true;
    }
}
