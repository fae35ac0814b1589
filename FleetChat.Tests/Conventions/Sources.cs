using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FleetChat.Tests.Conventions;

/// <summary>The repository's own files, and its C# compiled again with its meanings at hand.</summary>
public static class Sources
{
    /// <summary>
    /// What the compiler says of several programs as one, and where a source generator would have written code. Any other error
    /// means that a source was not understood, and then a convention could be broken unseen.
    /// </summary>
    private static readonly HashSet<string> ExpectedErrors =
    [
        "CS8802", // a second Program.cs
        "CS8795", // a partial method without its generated body
        "CS9248", // a partial property without its generated body
        "CS0534", // a JsonSerializerContext without its generated members
        "CS0117", // ... and without its Default
        "CS7036", // ... and without its constructors
    ];

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly string[] NotSources = ["bin", "obj", ".git", "node_modules", "TestResults"];

    private static readonly Lazy<Compilation> s_product = new(()
        => CompileFolders(["FleetChat.Core", "FleetChat.LocalRuntime", "FleetChat.Simulators", "FleetChat.Functions", "FleetChat.LocalHost"]));

    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>The framework and every package that the tests themselves run with.</summary>
    public static IReadOnlyList<MetadataReference> PlatformReferences { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("FleetChat.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>All projects but the tests as one, with LocalRuntime where the real worker's packages would be.</summary>
    public static Compilation Product => s_product.Value;

    /// <summary>Paths from the root, with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder, string extension)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*" + extension, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(NotSources.Contains))
            .Order(StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static IEnumerable<SyntaxTree> In(this Compilation compilation, string folder)
        => compilation.SyntaxTrees.Where(tree => tree.FilePath.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>File and line, as an editor opens it.</summary>
    public static string Place(SyntaxNode node) => $"{node.SyntaxTree.FilePath}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    /// <summary>The member or, outside of one, the type that holds a node.</summary>
    public static string Member(SyntaxNode node) => node.AncestorsAndSelf().Select(NameOf).FirstOrDefault(name => name is not null) ?? "";

    /// <summary>As <see cref="Compile(string[])"/>, with the worker's API at hand.</summary>
    public static Compilation CompileWithWorker(params string[] sources)
        => Compile(sources).AddReferences(MetadataReference.CreateFromFile(Assembly.Load("FleetChat.LocalRuntime").Location));

    public static Compilation Compile(params string[] sources) => Compile(sources.Select((text, i) => Parse(text, $"Small/{i}.cs")));

    private static CSharpCompilation CompileFolders(string[] folders)
    {
        var compilation = Compile(folders.SelectMany(folder => Files(folder, ".cs")).Select(file => Parse(Read(file), file)));
        var errors = compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error && !ExpectedErrors.Contains(d.Id)).ToList();
        return errors.Count == 0 ? compilation : throw new InvalidDataException($"The sources were not understood:\n{string.Join('\n', errors)}");
    }

    private static CSharpCompilation Compile(IEnumerable<SyntaxTree> trees) => CSharpCompilation.Create(
        "Conventions",
        trees.Append(Parse(ImplicitUsings, "ImplicitUsings.cs")),
        PlatformReferences,
        // Without the warnings about null, which the build gives: they cost a quarter of the time.
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Annotations, allowUnsafe: true));

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest), path);

    private static string? NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax m => m.Identifier.Text,
        ConstructorDeclarationSyntax c => c.Identifier.Text,
        PropertyDeclarationSyntax p => p.Identifier.Text,
        BaseTypeDeclarationSyntax t => t.Identifier.Text,
        _ => null,
    };

    private static string FindRoot(DirectoryInfo? folder)
        => folder is null ? throw new DirectoryNotFoundException("FleetChat.sln is in no folder above the tests.")
            : File.Exists(Path.Combine(folder.FullName, "FleetChat.sln")) ? folder.FullName
            : FindRoot(folder.Parent);
}
