using Engine.Emulator.Platform;

namespace Engine.Tests.Emulator.Platform;

public sealed class FdtWriterTests
{
    [Test]
    public void Values_are_padded_and_names_are_shared()
    {
        byte[] blob = new FdtWriter()
            .BeginNode("").Strings("a", "x").Flag("b")
            .BeginNode("abc").Strings("a", "one", "three").EndNode()
            .BeginNode("abcd").Cells("b", 1, 2).Cells64("c", 1ul << 32).EndNode()
            .EndNode()
            .Finish();
        var root = FdtNode.Parse(blob);
        Assert.Multiple(() =>
        {
            Assert.That(root.Properties["b"], Is.Empty);
            Assert.That(root["abc"].Strings("a"), Is.EqualTo((string[])["one", "three"]));
            Assert.That(root["abcd"].Cells("b"), Is.EqualTo((uint[])[1, 2]));
            Assert.That(root["abcd"].Cells("c"), Is.EqualTo((uint[])[1, 0]));
            Assert.That(blob[^6..], Is.EqualTo("a\0b\0c\0"u8.ToArray()));
        });
    }

    [Test]
    public void Unbalanced_tree_is_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new FdtWriter().EndNode(), Throws.InvalidOperationException);
            Assert.That(() => new FdtWriter().Flag("a"), Throws.InvalidOperationException);
            Assert.That(() => new FdtWriter().BeginNode("").Finish(), Throws.InvalidOperationException);
        });
    }
}
