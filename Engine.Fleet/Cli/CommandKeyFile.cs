using Engine.Cluster.Fleet;
using Engine.Tooling;

namespace Engine.Fleet.Cli;

/// <summary>
/// The keys of those who may command: a line each, <c>ISSUER HEXDIGITS VERB,VERB</c>, or <c>*</c> for all verbs. What begins with '#' is
/// a remark.
/// </summary>
internal static class CommandKeyFile
{
    /// <exception cref="UsageException">The file cannot be read, or a line is none of these.</exception>
    public static IReadOnlyList<CommandKey> Read(string option, string file)
    {
        try
        {
            if (FileKinds.Of(file) != FileKind.Regular)
                throw new UsageException($"{option}: {file} is no file");
            var keys = new List<CommandKey>();
            int number = 0;
            foreach (string line in File.ReadLines(file))
            {
                number++;
                if (line.Length == 0 || line[0] == '#')
                    continue;
                string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (parts.Length != 3 || parts[1].Length < 2 * FleetCommand.MinKeyBytes || parts[1].Length % 2 != 0
                    || !parts[1].All(char.IsAsciiHexDigit) || keys.Exists(key => key.Issuer == parts[0]))
                {
                    throw new UsageException(
                        $"{option}: {file}, line {number}: not a new issuer, {2 * FleetCommand.MinKeyBytes} or more hexadecimal digits, "
                        + "and verbs");
                }

                keys.Add(new CommandKey(parts[0], Convert.FromHexString(parts[1]), parts[2].Split(',')));
            }

            return keys;
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new UsageException($"{option}: {file} cannot be read ({error.Message})");
        }
    }
}
