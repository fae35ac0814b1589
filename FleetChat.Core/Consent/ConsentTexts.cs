using System.Globalization;

namespace FleetChat.Core.Consent;

/// <summary>What a driver was told, word for word.</summary>
/// <param name="Version">Of the wording; another wording gets another version.</param>
/// <param name="Language">As BCP 47 writes it.</param>
public sealed record Wording(string Text, string Version, string Language);

/// <summary>
/// What drivers are told about consent, with the company's name. A text that was sent once is proof: change the words, and give
/// the version another number. The question itself is a template.
/// </summary>
public static class ConsentTexts
{
    public const string Invitation = "consent_invitation_v1";
    public const string Begun = "consent_begun_v1";
    public const string Declined = "consent_declined_v1";
    public const string Stopped = "consent_stopped_v1";
    public const string Help = "consent_help_v1";
    public const string CodeUnknown = "consent_code_unknown_v1";

    private static readonly string[] InLanguages = [Languages.English, Languages.Spanish, Languages.French];

    private static readonly Dictionary<string, string[]> Texts = new()
    {
        [Invitation] =
        [
            "{0} would like to send you messages about your trips, stops and papers on WhatsApp. If you agree, scan the code or open the link and send the message START as it stands there. You can end it at any time by writing STOP; saying no has no disadvantage for you.",
            "{0} quiere enviarte mensajes por WhatsApp sobre tus viajes, paradas y documentos. Si estás de acuerdo, escanea el código o abre el enlace y envía el mensaje START tal como aparece. Puedes terminarlo cuando quieras escribiendo STOP; decir que no no te perjudica en nada.",
            "{0} aimerait vous envoyer sur WhatsApp des messages sur vos trajets, vos arrêts et vos documents. Si vous êtes d'accord, scannez le code ou ouvrez le lien et envoyez le message START tel quel. Vous pouvez y mettre fin à tout moment en écrivant STOP ; refuser n'a aucun inconvénient pour vous.",
        ],
        [Begun] =
        [
            "Thank you. {0} will send you messages about your trips here. Write STOP to end them, HELP for help.",
            "Gracias. {0} te enviará aquí mensajes sobre tus viajes. Escribe STOP para terminarlos, AYUDA para pedir ayuda.",
            "Merci. {0} vous enverra ici des messages sur vos trajets. Écrivez STOP pour y mettre fin, AIDE pour de l'aide.",
        ],
        [Declined] =
        [
            "Noted. {0} will not send you messages here. If you change your mind, write START.",
            "Anotado. {0} no te enviará mensajes aquí. Si cambias de opinión, escribe START.",
            "C'est noté. {0} ne vous enverra pas de messages ici. Si vous changez d'avis, écrivez START.",
        ],
        [Stopped] =
        [
            "{0} will send you no more messages here. To get them again, write START.",
            "{0} ya no te enviará mensajes aquí. Para volver a recibirlos, escribe START.",
            "{0} ne vous enverra plus de messages ici. Pour les recevoir de nouveau, écrivez START.",
        ],
        [Help] =
        [
            "This is {0}. We write here about your trips, stops and papers. Your dispatcher sees what you write. Write STOP to get no more messages.",
            "Aquí {0}. Te escribimos sobre tus viajes, paradas y documentos. Tu despachador ve lo que escribes. Escribe STOP para no recibir más mensajes.",
            "Ici {0}. Nous écrivons au sujet de vos trajets, arrêts et documents. Votre répartiteur voit ce que vous écrivez. Écrivez STOP pour ne plus recevoir de messages.",
        ],
        [CodeUnknown] =
        [
            "This code is not valid, or not any more. Ask the company for a new one.",
            "Este código no es válido o ya no lo es. Pide uno nuevo a la empresa.",
            "Ce code n'est pas valable ou ne l'est plus. Demandez-en un nouveau à l'entreprise.",
        ],
    };

    /// <summary>Every text there is, by version and language.</summary>
    public static IEnumerable<(string Version, string Language, string Text)> All
        => Texts.SelectMany(t => t.Value.Select((text, index) => (t.Key, InLanguages[index], text)));

    /// <param name="language">One of <see cref="Languages"/>.</param>
    public static Wording Get(string version, string language, string company)
        => new(string.Format(CultureInfo.InvariantCulture, Texts[version][Array.IndexOf(InLanguages, language)], company), version, language);

    /// <summary>In several languages, one under the other; the proof's language is the first.</summary>
    public static Wording Get(string version, IReadOnlyList<string> languages, string company)
        => new(string.Join('\n', languages.Select(l => Get(version, l, company).Text)), version, languages[0]);
}
