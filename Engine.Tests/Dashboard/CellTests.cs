using Engine.Dashboard.Parts;

namespace Engine.Tests.Dashboard;

[Parallelizable]
public sealed class CellTests
{
    [TestCase("memcpy+0x1a4", "memcpy", "+0x1a4")]
    [TestCase("user: a+0x1+0x20", "user: a+0x1", "+0x20")]
    [TestCase("main", "main", null)]
    [TestCase("+0x20", "+0x20", null)]
    [TestCase(null, "–", null)]
    public void Offset_of_a_place_stays_in_one_piece(string? symbol, string text, string? tail)
    {
        var cell = Cell.Place(symbol);
        Assert.That((cell.Text, cell.Tail), Is.EqualTo((text, tail)));
    }
}
