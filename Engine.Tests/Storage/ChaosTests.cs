using Engine.Bench.Chaos;

namespace Engine.Tests.Storage;

/// <summary>The short form of <c>Engine.Bench -- chaos storage</c>; the long one is in docs/storage.md.</summary>
[Parallelizable]
internal sealed class ChaosTests
{
    // Kills of database victims take longest: two processes each.
    [TestCase("journal-killed", 6)]
    [TestCase("journal-disk-full", 4)]
    [TestCase("journal-small-disk", 4)]
    [TestCase("journal-damaged", 30)]
    [TestCase("sqlite-killed", 4)]
    [TestCase("postgresql-killed", 4)]
    [TestCase("sqlite-sourcing", 2)]
    [TestCase("postgresql-sourcing", 2)]
    public void What_was_confirmed_is_there_once_and_nothing_else_is(string name, int kills)
    {
        (string Name, Func<ChaosPlan, ChaosKind, Task> Run) kind = ChaosCommand.Kinds.Single(kind => kind.Name == name);
        using var output = new StringWriter();
        bool isClean = ChaosCommand.Run([kind], new ChaosPlan(1, kills, static _ => { }), output);
        TestContext.Out.Write(output);
        if (output.ToString().Contains("left out", StringComparison.Ordinal))
            Assert.Inconclusive(output.ToString());
        Assert.That(isClean, Is.True, output.ToString());
    }
}
