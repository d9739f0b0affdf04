using System.Reflection;
using Engine.Bus;
using Engine.Cluster.Receiving;
using Engine.Gateway.Streams;
using Engine.Hosting;
using Engine.Storage.Hosting.Configuration;
using Engine.Storage.Journals;

namespace Engine.Tests.Architecture;

/// <summary>The public API of the libraries changes only on purpose.</summary>
internal sealed class PublicApiTest
{
    private const string AcceptVariable = "UPDATE_SNAPSHOTS";
    private const string AcceptCommand =
        $"{AcceptVariable}=1 dotnet test -c Release Engine.Tests --filter FullyQualifiedName~{nameof(PublicApiTest)}";

    [TestCase(typeof(EventEngine))]
    [TestCase(typeof(EventBus))]
    [TestCase(typeof(EventBusFactory))]
    [TestCase(typeof(EventGateway))]
    [TestCase(typeof(Journal))]
    [TestCase(typeof(Hub))]
    [TestCase(typeof(EventDrivenConfiguration))]
    public void Public_api_is_the_one_in_the_snapshot(Type member)
    {
        Assembly assembly = member.Assembly;
        string name = assembly.GetName().Name!;
        string path = Path.Combine(SourceTree.Root, "Engine.Tests", "Architecture", "PublicApi", $"{name}.txt");
        string actual = PublicApiPrinter.Print(assembly);
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
            File.WriteAllText(path, actual);

        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        if (actual != expected)
        {
            Assert.Fail(
                $"The public API of {name}.dll has changed:\n" + Difference(expected.Split('\n'), actual.Split('\n')) +
                "If that is wanted, accept it with:\n    " + AcceptCommand);
        }
    }

    /// <summary>The lines that are gone and new, under the type they belong to.</summary>
    private static string Difference(string[] expected, string[] actual)
    {
        HashSet<string> before = [.. Qualify(expected)];
        HashSet<string> after = [.. Qualify(actual)];
        return string.Concat(before.Except(after).Select(static line => $"  - {line}\n"))
            + string.Concat(after.Except(before).Select(static line => $"  + {line}\n"));
    }

    private static IEnumerable<string> Qualify(IEnumerable<string> lines)
    {
        string type = "";
        foreach (string line in lines.Where(static line => line.Length > 0))
        {
            if (line[0] != ' ')
                type = line.Split(" : ")[0].Split(' ')[^1];
            yield return line[0] == ' ' ? $"{type}: {line.Trim()}" : line;
        }
    }
}
