// Names for containers that were given none.

/// Makes names of the form `adjective_surname`.
public enum RandomName {
    /// A name; from the fourth attempt on with digits, because the plain ones seem to be taken.
    public static func make(attempt: Int, using generator: inout some RandomNumberGenerator) -> String {
        let adjective = adjectives.randomElement(using: &generator) ?? "plain"
        let surname = surnames.randomElement(using: &generator) ?? "turing"
        let name = "\(adjective)_\(surname)"
        guard attempt >= 3 else { return name }
        return name + String(Int.random(in: 0..<1_000_000, using: &generator))
    }

    static let adjectives = words(
        """
        able adrift agile airy alert alpine amber ample ancient apt arctic ardent autumn avid azure balmy beaming blithe bold bonny \
        brave breezy bright brisk broad bubbly buoyant calm candid careful cheerful chipper civil clear clever coastal cosmic cosy \
        crisp curious daring dapper dashing dauntless deft diligent dreamy durable eager earnest easy elastic elegant eloquent \
        fabled fair faithful fearless festive fine fleet fluent fond frank frosty gallant generous genial gentle glad gleaming \
        golden graceful grand grateful handy happy hardy harmonic hearty honest hopeful humble iconic idle intrepid inventive jaunty \
        jolly jovial joyful keen kind kindly lively loyal lucid lucky lunar mellow merry mild mindful modest musing neat nifty nimble \
        noble observant optimal patient peaceful peppy placid playful pleasant plucky poised polar polite precise prime proud prudent \
        quaint quick quiet quirky radiant rapid ready regal relaxed resolute restful robust rosy rustic sage sane scenic secure \
        serene sharp shining silent silver sincere sleek smart snug solar solid sonic spirited spry steady stellar stoic sturdy \
        sunny sure swift tactful tender thankful tidal tidy timely tranquil trusty upbeat upright vibrant vigilant vivid warm wise \
        witty wondrous worthy zealous zen zesty
        """)

    static let surnames = words(
        """
        abel agnesi airy alfven ampere archimedes aristarchus arrhenius avogadro babbage backus banach becquerel bell bernoulli \
        bessel bethe biot birkhoff blackwell bohr boltzmann bolyai boole born bose bragg brahmagupta brouwer brunel bunsen cannon \
        cantor carnot cartan cauchy cavendish cayley chandrasekhar church codd compton copernicus coriolis coulomb cox curie dalton \
        darwin davy dedekind descartes dijkstra dirac doppler edison eiffel einstein engelbart eratosthenes erlang euclid euler \
        faraday fermat fermi feynman fibonacci fisher fizeau floyd foucault fourier franklin fresnel frobenius galileo galois galton \
        gauss geiger germain gibbs godel goldbach gray hadamard hahn halley hamilton hardy harvey heaviside heisenberg helmholtz \
        henry hermite heron herschel hertz hilbert hipparchus hoare hooke hopper hubble huffman humboldt huygens hypatia ising jacobi \
        joule kalman kelvin kepler khayyam kirchhoff klein knuth kolmogorov kovalevskaya kronecker lagrange lamarck lambert lamport \
        landau laplace lavoisier leavitt lebesgue legendre leibniz lie linnaeus liouville liskov lorentz lovelace lyapunov mach \
        mandelbrot marconi markov maxwell mccarthy meitner mendel mercator michelson millikan minkowski mobius monge morse napier \
        navier nernst newell newton nobel noether nyquist oersted ohm pascal pasteur pauli pauling peano penrose perlis planck \
        plateau poincare poisson priestley ptolemy pythagoras raman ramanujan rankine rayleigh riemann ritchie roemer rutherford \
        rydberg sagan schrodinger shannon siemens simpson snell sommerfeld steiner stirling stokes tarski taylor tesla thales \
        thompson torricelli turing tyndall venn vieta volta wallis watt weber wegener weierstrass weyl wheeler wien wiener wilkes \
        wirth yukawa zeeman zermelo
        """)

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
    }
}
