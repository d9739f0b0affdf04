using System.Text;
using Engine.Emulator.Guests;
using Engine.Emulator.Loading;
using Engine.Tests.Emulator.Cli;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Loading;

/// <summary>Names of guest addresses, from ELF files and from what stands in for a stripped kernel's symbols.</summary>
public sealed class GuestSymbolsTests
{
    private const string Map = """
        ffffffff80000000 T _start
        ffffffff80000100 t memcpy
        ffffffff80000200 D jiffies
        ffffffff80000300 W weak_one
        ffffffff80000400 t $x
        ffffffff80000500 t helper	[some_module]
        """;

    [TestCase("main", "main")]
    [TestCase("_ZN6engine4ring7publishEm", "engine::ring::publish")]
    [TestCase("_ZNK6engine4Ring4sizeEv", "engine::Ring::size")]
    [TestCase("_Z3runPKc", "run")]
    [TestCase("_ZL6localsi", "locals")]
    [TestCase("_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place")]
    [TestCase("_ZN54_$LT$a..B$u20$as$u20$c..D$GT$3run17h0123456789abcdefE", "_ZN54_$LT$a..B$u20$as$u20$c..D$GT$3run17h0123456789abcdefE")]
    [TestCase("_ZN26_$LT$a..B$u20$as$u20$D$GT$3run17h0123456789abcdefE", "<a::B as D>::run")]
    [TestCase("_ZNSt6vectorIiE9push_backEi", "_ZNSt6vectorIiE9push_backEi")]
    [TestCase("_Z3addIiET_S0_S0_", "_Z3addIiET_S0_S0_")]
    [TestCase("_Z", "_Z")]
    [TestCase("_ZN", "_ZN")]
    [TestCase("_ZN99999", "_ZN99999")]
    [TestCase("_ZN3ab", "_ZN3ab")]
    public void Names_of_compilers_become_those_that_people_gave(string name, string expected) =>
        Assert.That(SymbolNames.Demangle(name), Is.EqualTo(expected));

    [Test]
    public void System_map_names_functions()
    {
        var symbols = new GuestSymbols();
        symbols.AddFile(Encoding.UTF8.GetBytes(Map), "System.map");
        Assert.That(
            new ulong[] { 0xffffffff80000000, 0xffffffff80000104, 0xffffffff80000204, 0xffffffff80000404, 0xffffffff80000500 }
                .Select(symbols.Find),
            Is.EqualTo(["_start", "memcpy+0x4", "memcpy+0x104", "weak_one+0x104", "helper"]));
        Assert.That(symbols.Find(0x1000), Is.Null);
        Assert.That(symbols.NameOf(0x1000), Is.EqualTo("0x1000"));
    }

    [TestCase("hello")]
    [TestCase("zz T name")]
    [TestCase("80000000 TT name")]
    [TestCase("80000000 T a b c d")]
    public void File_that_is_neither_is_refused_with_its_line(string text) => Assert.That(
        () => new GuestSymbols().AddFile(Encoding.UTF8.GetBytes("80000000 T good\n" + text), "file"),
        Throws.TypeOf<GuestLoadException>().With.Message.StartsWith("file: ").And.Message.Contains("line 2"));

    [Test]
    public void Bundled_guest_names_its_kernel_and_the_programs_that_it_brings_along()
    {
        var symbols = new GuestSymbols();
        symbols.Add(BundledGuest.ReadAllBytes(), BundledGuest.Name);
        Assert.That(symbols.FindFunction(0x80000000), Is.EqualTo("_start"));
        Assert.That(symbols.FindFunction(0x40000000), Is.EqualTo("user:_start"));
    }

    [Test]
    public void Run_names_its_hottest_functions_from_its_own_symbols_and_a_file()
    {
        EmulatorProcess run = EmulatorProcess.Run("run", "--max-instructions", "30000000");
        Assert.That(run.Output, Does.Contain("hottest functions").And.Match(@"(?m)^ +[0-9.]+ ?%  user:[a-z_0-9.]+\r?$"), run.Error);
        using var folder = new TemporaryFolder();
        string map = folder.Write("System.map", "0000000040000000 T everything\n");
        EmulatorProcess named = EmulatorProcess.Run("run", "--max-instructions", "3000000", "--symbols", map);
        Assert.That(named.ExitCode, Is.EqualTo(run.ExitCode), named.Error);
        EmulatorProcess wrong = EmulatorProcess.Run("run", "--symbols", folder.Write("text", "no symbols\n"));
        Assert.That((wrong.ExitCode, wrong.Error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)), wrong.Error);
    }
}
