using System.CommandLine;

namespace Engine.Tests.CommandLines;

/// <summary>
/// Makes command lines of a command out of its own options and arguments: each missing, empty, huge, unreadable and repeated. An
/// option that is added to the command is tried without further ado.
/// </summary>
internal static class ArgumentCases
{
    // A single argument may have 128 KiB.
    private static readonly string Huge = new('9', 100_000);

    /// <param name="tool">The program.</param>
    /// <param name="named">The command.</param>
    /// <param name="isShort">Whether only what the parser refuses is tried: what is missing, and what is repeated.</param>
    public static IEnumerable<ToolCase> Of(ToolUnderTest tool, ToolCommand named, bool isShort)
    {
        Command command = named.Command;
        string[] blocker = tool.Blockers.GetValueOrDefault(named.Name, []);
        foreach (Option option in command.Options)
        {
            Sample sample = SampleOf(tool, option.Name, option.ValueType);
            // An option that holds the command back is tried without it.
            string[] rest = [.. blocker.Contains(option.Name) ? Without(blocker, option) : blocker];
            bool mayRepeat = sample.Kind == SampleKind.Flag || option.Arity.MaximumNumberOfValues > 1;
            bool needsValue = option.Arity.MinimumNumberOfValues > 0;
            foreach ((string what, string[] values, bool isBad) in Trials(sample, isShort, needsValue, mayRepeat))
            {
                string[] given = [.. values.SelectMany(value =>
                    sample.Kind == SampleKind.Flag ? [option.Name] : new[] { option.Name, value })];
                yield return Case($"{option.Name} {what}", values.Length == 0 ? [.. rest, option.Name] : [.. given, .. rest], isBad);
            }
        }

        foreach (Argument argument in command.Arguments)
        {
            Sample sample = SampleOf(tool, argument.Name, argument.ValueType);
            string[] rest = Options(command, blocker);
            bool mayRepeat = argument.Arity.MaximumNumberOfValues > 1;
            bool needsValue = argument.Arity.MinimumNumberOfValues > 0;
            foreach ((string what, string[] values, bool isBad) in Trials(sample, isShort, needsValue, mayRepeat))
                yield return Case($"{argument.Name} {what}", [.. rest, .. values], isBad);
        }

        ToolCase Case(string what, string[] arguments, bool isBad) => new(
            tool, $"{named.Name} {what}", [.. named.Name.Split(' '), .. arguments],
            isBad ? [.. tool.ExitCodes.Where(static code => code is 1 or 2)] : tool.ExitCodes);
    }

    private static IEnumerable<(string What, string[] Values, bool IsBad)> Trials(
        Sample sample, bool isShort, bool needsValue, bool mayRepeat)
    {
        if (sample.Kind != SampleKind.Flag)
            yield return ("missing", [], needsValue);
        string good = string.Format(null, sample.Format, "1");
        yield return ("repeated", [good, good], !mayRepeat);
        if (isShort || sample.Kind == SampleKind.Flag)
            yield break;
        bool isBad = sample.Kind != SampleKind.Text;
        yield return ("empty", [""], isBad);
        yield return ("huge", [string.Format(null, sample.Format, Huge)], isBad);
        yield return ("huge number", [string.Format(null, sample.Format, Huge[..25])], sample.Kind == SampleKind.Strict);
        if (sample.Kind is SampleKind.Strict or SampleKind.Number)
            yield break;
        foreach (string path in ToolFolder.BadPaths)
        {
            // A folder can be looked through, and be written to.
            bool isGood = path == ToolFolder.Empty && sample.Kind == SampleKind.OutputFolder;
            yield return ($"unreadable ({path})", [string.Format(null, sample.Format, path)], isBad && !isGood);
        }
    }

    private static Sample SampleOf(ToolUnderTest tool, string name, Type type) =>
        type == typeof(bool) ? new Sample(SampleKind.Flag) : tool.Samples.GetValueOrDefault(name) ?? new Sample(SampleKind.Text);

    private static string[] Without(string[] arguments, Option option)
    {
        int at = Array.IndexOf(arguments, option.Name);
        return [.. arguments[..at], .. arguments[(at + (option.ValueType == typeof(bool) ? 1 : 2))..]];
    }

    // What the blocker has beside options are the arguments, of which others are tried.
    private static string[] Options(Command command, string[] arguments)
    {
        var options = new List<string>();
        for (int i = 0; i < arguments.Length && arguments[i] != "--"; i++)
        {
            if (command.Options.FirstOrDefault(option => option.Name == arguments[i]) is not { } option)
                continue;
            options.Add(arguments[i]);
            if (option.ValueType != typeof(bool))
                options.Add(arguments[++i]);
        }

        return [.. options];
    }
}
